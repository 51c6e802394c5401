import type { Cbor } from '../util/cbor.js';
import { invariant } from '../util/errors.js';
import { LIMITS } from './wire.js';

/** A transaction that waits for a block, and its place in the order in which they apply. */
export interface WaitingTx {
  bytes: Uint8Array;
  order: number;
}

/** Of a pool: so many as one answer holds, and the place after which the next are asked for; null: there are none. */
export interface PoolPage {
  next: bigint | null;
  txs: Uint8Array[];
}

/** Twice what a pool holds, and more of the smallest transactions than that: beyond, a peer makes them up. */
export const POOL_BYTES_MAX = 32 * 1024 * 1024;
export const POOL_PAGES_MAX = 64;

/** A byte string's head in CBOR, at most. */
const HEAD_BYTES = 5;

/**
 * By place, not by count: while one page is on its way a block takes transactions out, and what follows would move up
 * and be skipped. Orders of what came back from undone blocks are below zero.
 */
export function poolPage(waiting: readonly WaitingTx[], after: bigint | null): PoolPage {
  let from = 0;
  if (after !== null) while (from < waiting.length && BigInt(waiting[from]!.order) <= after) from += 1;
  const txs: Uint8Array[] = [];
  let bytes = 0;
  for (const tx of waiting.slice(from, from + LIMITS.poolTxs)) {
    bytes += tx.bytes.length + HEAD_BYTES;
    if (bytes > LIMITS.poolBytes) break;
    txs.push(tx.bytes);
  }
  const end = from + txs.length;
  return { next: end < waiting.length && txs.length > 0 ? BigInt(waiting[end - 1]!.order) : null, txs };
}

const PLACE_BITS = 64;

/** 8 bytes, big-endian, signed: no number of CBOR's is both. */
export function writePlace(place: bigint | null): Cbor {
  if (place === null) return null;
  const bytes = new Uint8Array(PLACE_BITS / 8);
  new DataView(bytes.buffer).setBigInt64(0, place);
  return bytes;
}

export function readPlace(bytes: Uint8Array | null): bigint | null {
  if (bytes === null) return null;
  invariant(bytes.length === PLACE_BITS / 8, 'a place of 8 bytes');
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length).getBigInt64(0);
}
