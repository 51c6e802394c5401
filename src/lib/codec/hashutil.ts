import { createHash, type Hash, hash } from 'node:crypto';
import { concat, utf8 } from '../util/bytes.js';

/** Bytes of every hash in a share. */
export const HASH_BYTES = 32;

function plain(digest: Buffer): Uint8Array {
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.byteLength);
}

/** `length:bytes,` (util.netstring). */
export function netstring(bytes: Uint8Array): Uint8Array {
  return concat(utf8(`${bytes.length}:`), bytes, utf8(','));
}

export function sha256d(bytes: Uint8Array): Uint8Array {
  return plain(hash('sha256', hash('sha256', bytes, 'buffer'), 'buffer'));
}

/** TH(tag, value) over a value that comes in parts: SHA256d(NS(tag) ‖ value) (util.hashutil). */
export class TaggedHasher {
  readonly #hash: Hash;

  /** @param prefix NS(tag), so that a caller with many hashes makes it once. */
  constructor(prefix: Uint8Array) {
    this.#hash = createHash('sha256').update(prefix);
  }

  update(bytes: Uint8Array): this {
    this.#hash.update(bytes);
    return this;
  }

  /** 32 bytes; the hasher is spent. */
  digest(): Uint8Array {
    return plain(hash('sha256', this.#hash.digest(), 'buffer'));
  }
}

/** TH as a function of the value, its tag fixed. */
export function tagged(tag: string | Uint8Array): (value: Uint8Array) => Uint8Array {
  const prefix = netstring(typeof tag === 'string' ? utf8(tag) : tag);
  return (value) => new TaggedHasher(prefix).update(value).digest();
}

export function taggedHash(tag: string | Uint8Array, value: Uint8Array): Uint8Array {
  return tagged(tag)(value);
}

/** TPH(tag, a, b) = SHA256d(NS(tag) ‖ NS(a) ‖ NS(b)). */
export function taggedPairHash(tag: string, a: Uint8Array, b: Uint8Array): Uint8Array {
  return sha256d(concat(netstring(utf8(tag)), netstring(a), netstring(b)));
}

const BLOCK_PREFIX = netstring(utf8('allmydata_encoded_subshare_v1'));

/** For a block that comes in parts. */
export function blockHasher(): TaggedHasher {
  return new TaggedHasher(BLOCK_PREFIX);
}

export function hashBlock(block: Uint8Array): Uint8Array {
  return blockHasher().update(block).digest();
}

const SEGMENT_PREFIX = netstring(utf8('allmydata_crypttext_segment_v1'));

/** For a segment that comes in parts. */
export function crypttextSegmentHasher(): TaggedHasher {
  return new TaggedHasher(SEGMENT_PREFIX);
}

export function hashCrypttextSegment(ciphertext: Uint8Array): Uint8Array {
  return crypttextSegmentHasher().update(ciphertext).digest();
}

export const hashUeb = tagged('allmydata_uri_extension_v1');

export function crypttextHasher(): TaggedHasher {
  return new TaggedHasher(netstring(utf8('allmydata_crypttext_v1')));
}
