import { concat, utf8 } from '../util/bytes.js';
import { Breath } from './breath.js';
import { netstring, TaggedHasher, tagged } from './hashutil.js';
import type { EncodeParams } from './params.js';
import { type Shape, shapeFor } from './shape.js';
import { type ByteSource, readExactly } from './source.js';

/** AES-128. */
export const KEY_BYTES = 16;
const READ_BYTES = 1 << 20;

const hashToStorageIndex = tagged('allmydata_immutable_key_to_storage_index_v1');

/**
 * The tag under which the plaintext is hashed to its key (hashutil._convergence_hasher_tag): equal files under
 * equal secrets and parameters give equal caps, and nobody without the secret can test a guess.
 */
export function convergenceTag(secret: Uint8Array, shape: Shape): Uint8Array {
  const params = utf8(`${shape.needed},${shape.total},${shape.segmentSize}`);
  const prefix = utf8('allmydata_immutable_content_to_key_with_added_secret_v1+');
  return concat(prefix, netstring(secret), netstring(params));
}

/** Fed the plaintext, its digest's first 16 bytes are the key. */
export function convergenceHasher(secret: Uint8Array, shape: Shape): TaggedHasher {
  return new TaggedHasher(netstring(convergenceTag(secret, shape)));
}

export function storageIndexOf(key: Uint8Array): Uint8Array {
  return hashToStorageIndex(key).slice(0, KEY_BYTES);
}

/** The key a file of more than 55 bytes gets under this secret: one read of the source. Throws Failure('usage'). */
export async function convergenceKey(
  source: ByteSource,
  params: EncodeParams,
  secret: Uint8Array,
): Promise<Uint8Array> {
  const hasher = convergenceHasher(secret, shapeFor(params, source.size));
  const breath = new Breath();
  for (let at = 0; at < source.size; at += READ_BYTES) {
    const length = Math.min(READ_BYTES, source.size - at);
    hasher.update(await readExactly(source, at, length));
    await breath.after(length);
  }
  return hasher.digest().slice(0, KEY_BYTES);
}
