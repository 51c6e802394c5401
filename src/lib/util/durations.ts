import { Failure } from './errors.js';

const SECONDS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** "30d", "36h", "90s" to seconds. A bare number is refused: its unit would be a guess. */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})([smhdw])$/.exec(text);
  if (!match) throw new Failure('usage', `not a duration: ${text}`, 'write it like 90s, 36h or 30d');
  return Number(match[1]) * SECONDS[match[2]!]!;
}

/** A duration in network days (`--term`, `--expires`): "30d", "2w". Days may be given as hours that make whole days. */
export function parseNetworkDays(text: string): number {
  const days = parseDuration(text) / 86_400;
  if (!Number.isInteger(days) || days < 1) {
    throw new Failure('usage', `not a whole number of days: ${text}`, 'network days are written like 30d');
  }
  return days;
}

const UNITS: Record<string, number> = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 };

/** "20GiB", "512 MiB", "1000", "4MB" to integer bytes. */
export function parseBytes(text: string): number {
  const match = /^(\d{1,15})(?:\.(\d{1,3}))?\s*(?:([kmgtp])(i?)b?|b)?$/i.exec(text);
  if (!match) throw new Failure('usage', `not a size: ${text}`, 'write it like 20GiB');
  const base = match[4] ? 1024 : 1000;
  const value = Number(`${match[1]}.${match[2] ?? '0'}`) * base ** UNITS[(match[3] ?? '').toLowerCase()]!;
  if (!Number.isSafeInteger(Math.round(value))) throw new Failure('usage', `size too large: ${text}`);
  return Math.round(value);
}

/** As `parseBytes` reads it, exactly: in the largest binary unit that makes it a whole number, or in bytes. */
export function sizeText(bytes: number): string {
  for (const [power, unit] of [
    [4, 'TiB'],
    [3, 'GiB'],
    [2, 'MiB'],
    [1, 'KiB'],
  ] as const) {
    if (bytes > 0 && bytes % 1024 ** power === 0) return `${bytes / 1024 ** power}${unit}`;
  }
  return String(bytes);
}
