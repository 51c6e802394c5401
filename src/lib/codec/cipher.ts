import { createCipheriv, createDecipheriv } from 'node:crypto';
import { invariant } from '../util/errors.js';
import { KEY_BYTES } from './keys.js';

/** A zero counter to start from: a key encrypts one file, and is made from its content or at random. */
const START = new Uint8Array(16);

/** One continuous AES-128-CTR stream over a file: hand it the bytes in order. */
export type Stream = (bytes: Uint8Array) => Uint8Array;

export function encryptor(key: Uint8Array): Stream {
  invariant(key.length === KEY_BYTES, 'a key of the wrong length');
  const cipher = createCipheriv('aes-128-ctr', key, START);
  return (bytes) => cipher.update(bytes);
}

export function decryptor(key: Uint8Array): Stream {
  invariant(key.length === KEY_BYTES, 'a key of the wrong length');
  const cipher = createDecipheriv('aes-128-ctr', key, START);
  return (bytes) => cipher.update(bytes);
}
