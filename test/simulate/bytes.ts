import { createHash, type Hash } from 'node:crypto';
import { TAG24 } from '../../src/lib/bounty/challenge.js';
import { FecDecoder, FecEncoder } from '../../src/lib/codec/fec.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { CounterStream } from '../../src/lib/seal/ctr.js';
import { SALT_BYTES, sealKey, sealStream } from '../../src/lib/seal/seal.js';
import { concat, u64be, utf8 } from '../../src/lib/util/bytes.js';
import { NEEDED, TOTAL } from './setting.js';

/** A blob is as long as it takes to be real: its bytes are encoded, sealed and hashed as any blob's, its size is a figure. */
const PIECE_BYTES = 64;

const encoder = new FecEncoder(NEEDED, TOTAL);
const decoder = new FecDecoder(NEEDED, TOTAL);

export function sharesOf(label: string): Uint8Array[] {
  const pieces = Array.from({ length: NEEDED }, (_, i) => {
    const half = sha256(utf8(`${label} ${i}`));
    return concat(half, sha256(half)).slice(0, PIECE_BYTES);
  });
  return encoder.encode(pieces).map((share) => share.slice());
}

/** Any k shares give every other (zfec): which is why they are sealed. */
export function rebuild(parts: ReadonlyMap<number, Uint8Array>, share: number): Uint8Array {
  const pieces = decoder.decode(new Map([...parts].slice(0, NEEDED))).map((piece) => piece.slice());
  return encoder.encode(pieces)[share]!.slice();
}

export function seal(chkKey: Uint8Array, share: number, generation: number, bytes: Uint8Array): Uint8Array {
  const stream = sealStream(chkKey, share, generation);
  return concat(stream.salt, stream.transform(bytes));
}

export function unseal(chkKey: Uint8Array, blob: Uint8Array): Uint8Array {
  const key = sealKey(chkKey, blob.slice(0, SALT_BYTES));
  return new Uint8Array(new CounterStream(key).apply(0, blob.subarray(SALT_BYTES)));
}

/** What an answer takes: a way from a nonce to the seed. */
export interface Challenge {
  seed(nonce: Uint8Array, blob: Uint8Array): Uint8Array;
  /** Whatever of a blob can be kept in a hash's state instead of its bytes. */
  midstate(blob: Uint8Array): Hash;
  /** The best that can be done with such a state. */
  fromMidstate(state: Hash, nonce: Uint8Array, length: number): Uint8Array;
}

const digest = (hash: Hash): Uint8Array => new Uint8Array(hash.digest());

/** Ours: the nonce, behind a fixed tag and the length, comes first (PROTOCOL §3). */
export const nonceFirst: Challenge = {
  seed: (nonce, blob) => sha256(TAG24, nonce, u64be(blob.length), blob),
  midstate: (blob) => createHash('sha256').update(blob),
  fromMidstate: (state, nonce, length) => digest(state.copy().update(TAG24).update(nonce).update(u64be(length))),
};

/** The idea as first posted: the state after the data answers for ever. */
export const dataFirst: Challenge = {
  seed: (nonce, blob) => sha256(blob, nonce),
  midstate: (blob) => createHash('sha256').update(blob),
  fromMidstate: (state, nonce) => digest(state.copy().update(nonce)),
};

/**
 * Stands for the public key behind an answer: one way, and nobody claims without the answer. The curve
 * itself is left out, since it is the same for all and would take most of the time.
 */
export function cardOf(seed: Uint8Array): Uint8Array {
  return sha256(utf8('holdfast/simulate/card'), seed);
}
