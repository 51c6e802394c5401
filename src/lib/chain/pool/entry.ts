import type { RuleCode } from '../errors.js';
import { advertFee } from '../rules/advert.js';
import type { ReadTx } from '../rules/apply.js';
import type { Hash, Tx } from '../types.js';

export interface PoolTx {
  id: Hash;
  tx: Tx;
  bytes: Uint8Array;
  /** Its place: it applies on top of those with lower ones. */
  order: number;
}

/** What a transaction found under a key of the state, and what it left there. */
export interface Touch {
  found: Uint8Array | undefined;
  left: Uint8Array | undefined;
}

/** A transaction that waits, applied at its place. */
export interface Entry extends PoolTx {
  read: ReadTx;
  /** Its id as text. */
  name: string;
  /** Grains a byte of weight above what is consumed: a matter of policy, so a double will do. */
  rate: number;
  /** By the key's name (`nameOf`). */
  touched: Map<string, Touch>;
  /** Whether what it does depends on the height or slot of its block: so it is looked at anew as time goes by. */
  timed: boolean;
  /** What no other transaction in the pool may take (claims.ts). */
  claims: readonly string[];
}

/** Why a transaction left the pool other than into a block. */
export interface Dropped {
  id: Hash;
  tx: Tx;
  rule: RuleCode;
}

export function rateOf(tx: Tx, weight: bigint): number {
  const consumed = tx.kind === 'advert' ? advertFee(tx) : 0n;
  return Number(tx.fee - consumed) / Number(weight);
}

/** A key's name in a map, one character a byte. */
export const nameOf = (key: Uint8Array): string =>
  Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
export const keyOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(name, 'latin1'));

/** Undefined is nothing. */
export function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined || a.length !== b.length) return false;
  return a.every((byte, i) => byte === b[i]);
}
