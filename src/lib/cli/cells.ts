import { formatPrice, formatTokens } from '../util/amounts.js';
import type { Cell } from './output.js';

/** Grains, as records carry them, in tokens; nothing where there is no amount. */
export function amountCell(grains: string | null): Cell {
  return grains === null ? null : formatTokens(BigInt(grains));
}

/** Grains a GiB and network day in tokens a GiB and 30 days. */
export function priceCell(grains: string | null): Cell {
  return grains === null ? null : formatPrice(BigInt(grains));
}

/** A UUID or txid where a column shows several: enough to tell them apart by eye, never on a pipe. */
export function shortId(id: string | null): Cell {
  return id !== null && process.stdout.isTTY ? id.slice(0, 16) : id;
}
