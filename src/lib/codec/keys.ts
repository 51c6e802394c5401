import { concat, utf8 } from '../util/bytes.js';
import { netstring, TaggedHasher, tagged } from './hashutil.js';
import type { Shape } from './shape.js';

/** AES-128. */
export const KEY_BYTES = 16;

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
