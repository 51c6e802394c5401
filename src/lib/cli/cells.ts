import type { NodeRecord } from '../rpc/records.js';
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

/** Where a node joined, and on whose word; nothing for one that came from genesis. */
export function checkpointCell(taken: NodeRecord['checkpoint']): Cell {
  if (!taken) return null;
  const word = taken.chosen ? 'chosen' : `${taken.peers.length} peers agreed`;
  return `${taken.height}:${taken.id} (${word}${taken.bodies_missing ? ', bodies missing' : ''})`;
}

/** What a node that joins is fetching, and how much of it is there. */
export function joiningCell(joining: NodeRecord['joining']): Cell {
  if (!joining) return null;
  const { height, id, headers, headers_checked, headers_wanted, percent, peers } = joining;
  const parts = `headers ${headers}/${headers_wanted}, checked ${headers_checked}, state ${percent} %`;
  return `${height}:${id} (${peers.length} peers): ${parts}`;
}
