import { hkdfSha256, hmacSha256 } from '../crypto/hash.js';
import { concat, u16be, u32be, utf8 } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import { CounterStream } from './ctr.js';

/**
 * Why shares are sealed: any k Tahoe shares give the others back without the read key, so colluding
 * stewards could keep k and claim for n. A sealed blob is noise to whoever lacks the cap.
 */
export const SALT_BYTES = 16;

const SALT_TAG = utf8('holdfast/salt/v1');

/** Random access to bytes that lie somewhere else. `read` gives fewer bytes than asked at the end only. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** The blob's first 16 bytes: fixed by key, share number and generation, so `file put` twice gives the same UUIDs. */
export function sealSalt(chkKey: Uint8Array, share: number, generation: number): Uint8Array {
  return hmacSha256(chkKey, SALT_TAG, u16be(share), u32be(generation)).slice(0, SALT_BYTES);
}

/**
 * The AES-256 key of one blob. With a private secret (32 bytes) even a steward that has the cap, as
 * with a public file, cannot unseal and so cannot rebuild the blob from other shares.
 */
export function sealKey(chkKey: Uint8Array, salt: Uint8Array, secret?: Uint8Array): Uint8Array {
  invariant(salt.length === SALT_BYTES, 'a salt is 16 bytes');
  invariant(secret === undefined || secret.length === 32, 'a private seal is 32 bytes');
  return hkdfSha256(secret ? concat(chkKey, secret) : chkKey, salt, 'holdfast/seal/v1', 32);
}

export interface Seal {
  /** What the blob begins with; the sealed share follows it. */
  readonly salt: Uint8Array;
  /** Of AES-256-CTR from the share's first byte on: for whoever seals elsewhere. */
  readonly key: Uint8Array;
  /** Seals the chunk that lies at `offset` of the share; by default, where the last one ended. */
  transform(chunk: Uint8Array, offset?: number): Uint8Array;
}

/** Seals one share, a chunk at a time: blob = salt ‖ every chunk transformed. */
export function sealStream(chkKey: Uint8Array, share: number, generation: number, secret?: Uint8Array): Seal {
  const salt = sealSalt(chkKey, share, generation);
  const key = sealKey(chkKey, salt, secret);
  const stream = new CounterStream(key);
  let next = 0;
  return {
    salt,
    key,
    transform(chunk, offset = next) {
      next = offset + chunk.length;
      return stream.apply(offset, chunk);
    },
  };
}

/** A blob's size from its share's. */
export function sealedSize(shareSize: number): number {
  return SALT_BYTES + shareSize;
}

/** The share inside a sealed blob, readable anywhere. Whether it is the right share only its hashes tell. */
export async function unsealSource(blob: ByteSource, chkKey: Uint8Array, secret?: Uint8Array): Promise<ByteSource> {
  const salt = blob.size < SALT_BYTES ? undefined : await blob.read(0, SALT_BYTES);
  if (salt?.length !== SALT_BYTES) throw new Failure('failure', 'too short for a sealed share');
  const stream = new CounterStream(sealKey(chkKey, salt, secret));
  const size = blob.size - SALT_BYTES;
  return {
    size,
    async read(offset, length) {
      const bytes = await blob.read(SALT_BYTES + offset, Math.max(0, Math.min(length, size - offset)));
      return stream.apply(offset, bytes);
    },
  };
}
