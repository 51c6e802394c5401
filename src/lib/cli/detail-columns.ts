import { formatPrice, formatTokens } from '../util/amounts.js';
import { type Column, PRICES } from './output.js';

type Line = readonly [name: string, value: unknown];

/** A line a field for what stands inside a record: a list is a line for each of its items. */
export function detailColumns<T>(details: object): Column<T>[] {
  return Object.entries(details).flatMap(([name, value]) =>
    linesOf(name, value).map(([head, inner]): Column<T> => ({ head, cell: () => text(inner) })),
  );
}

function linesOf(name: string, value: unknown): Line[] {
  if (Array.isArray(value)) return value.map((item): Line => [name, item]);
  return [inTokens(name, value)];
}

function text(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value ?? '');
  // A list within a list is told by its length; with --json it is there in full.
  if (Array.isArray(value)) return String(value.length);
  return Object.entries(value)
    .map(([name, inner]) => inTokens(name, inner))
    .map(([name, inner]) => `${name}=${text(inner)}`)
    .join(' ');
}

/** People see tokens, under the name that the amount has in tokens. */
function inTokens(name: string, value: unknown): Line {
  if (!name.endsWith('_grains') || typeof value !== 'string') return [name, value];
  const short = name.slice(0, -'_grains'.length);
  return [short, (PRICES.test(short) ? formatPrice : formatTokens)(BigInt(value))];
}
