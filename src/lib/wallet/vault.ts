import { createCipheriv, createDecipheriv } from 'node:crypto';
import { concat, u32be } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import { sealKey, VAULT_SALT_BYTES } from './vault-keys.js';

/** Plain bytes a chunk. */
export const CHUNK_BYTES = 64 * 1024;
const TAG_BYTES = 16;
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;
/** What a vault's first chunk, and so its header, is read from. */
export const VAULT_HEAD_BYTES = VAULT_SALT_BYTES + SEALED_BYTES;

/**
 * Seals a stream: salt(16) ‖ chunks of 64 KiB under AES-256-GCM, the last marked in its nonce, so that chunks can be
 * neither left out, moved nor cut off (STREAM: Hoang, Reyhanitabar, Rogaway, Vizár 2015). Nothing of it stands out
 * from noise. Zeros are added behind the end: the length tells the books' size to some percent alone.
 */
export async function* sealVault(
  key: Uint8Array,
  salt: Uint8Array,
  plain: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const own = sealKey(key, salt);
  yield salt;
  let counter = 0;
  let waiting: Uint8Array | undefined;
  for await (const chunk of chunksOf(padded(plain), CHUNK_BYTES)) {
    if (waiting) yield sealChunk(own, counter++, false, waiting);
    waiting = chunk;
  }
  invariant(waiting !== undefined, 'a vault is not empty');
  yield sealChunk(own, counter, true, waiting);
}

/**
 * The bytes again, zeros behind the end included, each chunk once it is authentic. Throws a 'passphrase' Failure
 * where the first does not open: other words, or no backup; a 'failure' where a later one was changed or is missing.
 */
export async function* openVault(key: Uint8Array, sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let own: Uint8Array | undefined;
  let counter = 0;
  let waiting: Uint8Array | undefined;
  for await (const piece of headAndChunks(sealed)) {
    if (!own) {
      if (piece.length < VAULT_SALT_BYTES) throw unopened();
      own = sealKey(key, piece);
      continue;
    }
    if (waiting) yield openChunk(own, counter++, false, waiting);
    waiting = piece;
  }
  if (!own || !waiting) throw unopened();
  yield openChunk(own, counter, true, waiting);
}

/** The first chunk alone, from the first VAULT_HEAD_BYTES of a vault of `size` bytes. Failures as `openVault`. */
export function openVaultHead(key: Uint8Array, head: Uint8Array, size: number): Uint8Array {
  if (head.length !== Math.min(size, VAULT_HEAD_BYTES) || size <= VAULT_SALT_BYTES + TAG_BYTES) throw unopened();
  const own = sealKey(key, head.slice(0, VAULT_SALT_BYTES));
  return openChunk(own, 0, size <= VAULT_HEAD_BYTES, head.subarray(VAULT_SALT_BYTES));
}

/** STREAM's nonce: seven zeros, a counter, and whether it is the last. */
function nonceOf(counter: number, last: boolean): Uint8Array {
  return concat(new Uint8Array(7), u32be(counter), Uint8Array.of(last ? 1 : 0));
}

function sealChunk(key: Uint8Array, counter: number, last: boolean, chunk: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, nonceOf(counter, last));
  return concat(cipher.update(chunk), cipher.final(), cipher.getAuthTag());
}

function openChunk(key: Uint8Array, counter: number, last: boolean, sealed: Uint8Array): Uint8Array {
  const end = sealed.length - TAG_BYTES;
  try {
    const cipher = createDecipheriv('aes-256-gcm', key, nonceOf(counter, last), { authTagLength: TAG_BYTES });
    cipher.setAuthTag(sealed.subarray(Math.max(0, end)));
    const plain = cipher.update(sealed.subarray(0, Math.max(0, end)));
    return concat(plain, cipher.final());
  } catch {
    if (counter === 0) throw unopened();
    throw new Failure('failure', `the backup was changed or cut off behind byte ${counter * SEALED_BYTES}`);
  }
}

function unopened(): Failure {
  return new Failure('passphrase', 'these words do not open the backup, or it was changed');
}

/** Lengths that leak no more than the size's magnitude: at most 12 % more (Padmé: PURBs, PoPETs 2019, §4). */
export function paddedLength(length: number): number {
  const least = Math.max(length, CHUNK_BYTES);
  const exponent = Math.floor(Math.log2(least));
  const step = 2 ** (exponent - Math.floor(Math.log2(exponent)) - 1);
  return Math.ceil(least / step) * step;
}

async function* padded(plain: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const part of plain) {
    length += part.length;
    yield part;
  }
  for (let left = paddedLength(length) - length; left > 0; left -= CHUNK_BYTES)
    yield new Uint8Array(Math.min(left, CHUNK_BYTES));
}

/** The salt, then sealed chunks. */
async function* headAndChunks(sealed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* chunksOf(sealed, SEALED_BYTES, VAULT_SALT_BYTES);
}

/** Pieces of `size` bytes, the first of `first`, the last of what is left. */
async function* chunksOf(parts: AsyncIterable<Uint8Array>, size: number, first = size): AsyncGenerator<Uint8Array> {
  let chunk = new Uint8Array(first);
  let filled = 0;
  for await (const part of parts) {
    for (let at = 0; at < part.length; ) {
      const piece = part.subarray(at, at + chunk.length - filled);
      chunk.set(piece, filled);
      filled += piece.length;
      at += piece.length;
      if (filled < chunk.length) continue;
      yield chunk;
      chunk = new Uint8Array(size);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}
