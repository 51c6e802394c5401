import { formatPrice, formatTokens } from '../util/amounts.js';
import { oneLine } from './report.js';

export type Cell = string | number | bigint | boolean | null | undefined;

export interface Column<T> {
  head: string;
  cell: (row: T) => Cell;
  align?: 'left' | 'right';
}

/** A price in grains is one a GiB and network day; people see tokens a GiB and 30 days. */
export const PRICES = /price|reserve|clearing/;

/**
 * A record as `--json` prints it: beside every amount in grains, exact, stands the same in decimal
 * tokens. Both are strings: jq loses integers past 2^53.
 */
export function withTokens(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withTokens);
  if (typeof value !== 'object' || value === null) return value;
  const out: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    out[key] = withTokens(inner);
    if (!key.endsWith('_grains')) continue;
    const name = key.slice(0, -'_grains'.length);
    out[name] = inner === null ? null : (PRICES.test(name) ? formatPrice : formatTokens)(BigInt(inner as string));
  }
  return out;
}

export function jsonLine(record: object): string {
  return `${JSON.stringify(withTokens(record))}\n`;
}

/** Text for one cell: no tab, newline or control character survives, whoever sent it. */
export function cellText(cell: Cell): string {
  return cell === null || cell === undefined ? '' : oneLine(String(cell));
}

export function tsvLine<T>(row: T, columns: readonly Column<T>[]): string {
  return `${columns.map(({ cell }) => cellText(cell(row))).join('\t')}\n`;
}

/** A table for a terminal, without lines: they are noise when copied. */
export async function tableText<T>(rows: readonly T[], columns: readonly Column<T>[]): Promise<string> {
  const { default: Table } = await import('cli-table3');
  const none = ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'];
  const lines = [...none, 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid'];
  const table = new Table({
    head: columns.map(({ head }) => head),
    colAligns: columns.map(({ align }) => align ?? 'left'),
    chars: { ...Object.fromEntries(lines.map((name) => [name, ''])), middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: wantsColour(process.stdout) ? ['bold'] : [], border: [] },
  });
  for (const row of rows) table.push(columns.map(({ cell }) => cellText(cell(row))));
  return `${table.toString()}\n`;
}

/** Of each stream by itself: stderr may be a terminal where stdout is a pipe. */
export function wantsColour(stream: NodeJS.WriteStream): boolean {
  return Boolean(stream.isTTY) && !process.env.NO_COLOR && process.env.TERM !== 'dumb';
}
