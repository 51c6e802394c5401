import { createCipheriv } from 'node:crypto';
import { u64be } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { KEY_BYTES } from './keys.js';

const COUNTER_BYTES = 16;

/** One AES-128-CTR stream over a file, or over a part of it: hand it the bytes in order. */
export type Stream = (bytes: Uint8Array) => Uint8Array;

/**
 * AES-128-CTR (NIST SP 800-38A, 6.5) as a file is encrypted with it: a big-endian counter of blocks that starts
 * at zero, for a key encrypts one file, and is made from its content or at random.
 *
 * @param offset of the stream's first byte in the file
 */
export function encryptor(key: Uint8Array, offset = 0): Stream {
  invariant(key.length === KEY_BYTES, 'a key of the wrong length');
  invariant(Number.isSafeInteger(offset) && offset >= 0, 'an impossible offset');
  const counter = new Uint8Array(COUNTER_BYTES);
  counter.set(u64be(Math.floor(offset / COUNTER_BYTES)), COUNTER_BYTES - 8);
  const cipher = createCipheriv('aes-128-ctr', key, counter);
  cipher.update(new Uint8Array(offset % COUNTER_BYTES));
  return (bytes) => cipher.update(bytes);
}

/** A stream cipher undoes itself. */
export const decryptor = encryptor;
