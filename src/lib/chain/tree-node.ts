import { sha256 } from '../crypto/hash.js';
import { concat, readU16be, u16be } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import type { Hash } from './types.js';

/** A leaf stands at the full depth of its path. */
export const LEAF_DEPTH = 256;
export const EMPTY_ROOT: Hash = new Uint8Array(32);
const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);

/** A subtree, as its parent knows it. For a leaf, prefix is the whole path. */
export interface Ref {
  depth: number;
  /** 32 bytes, zero beyond `depth` bits. */
  prefix: Uint8Array;
  /** An inner node's hash; for a leaf the hash of its value, which a proof of a neighbour's absence needs. */
  hash: Hash;
}

export interface Inner {
  left: Ref;
  right: Ref;
}

/** Where a flat key's leaf stands. */
export function pathOf(key: Uint8Array): Uint8Array {
  return sha256(key);
}

export function bit(path: Uint8Array, index: number): number {
  return (path[index >> 3]! >> (7 - (index & 7))) & 1;
}

/** How many leading bits two paths share. */
export function commonBits(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < 32; i++) {
    const differ = a[i]! ^ b[i]!;
    if (differ !== 0) return 8 * i + Math.clz32(differ) - 24;
  }
  return LEAF_DEPTH;
}

export function prefixOf(path: Uint8Array, depth: number): Uint8Array {
  const prefix = new Uint8Array(32);
  const whole = depth >> 3;
  prefix.set(path.subarray(0, whole));
  if (depth & 7) prefix[whole] = path[whole]! & (0xff << (8 - (depth & 7)));
  return prefix;
}

export function leafHash(path: Uint8Array, valueHash: Hash): Hash {
  return sha256(LEAF, path, valueHash);
}

export function refHash(ref: Ref | undefined): Hash {
  if (!ref) return EMPTY_ROOT;
  return ref.depth === LEAF_DEPTH ? leafHash(ref.prefix, ref.hash) : ref.hash;
}

/** The depth and prefix are in the hash, so that an inner node proves what is absent beside it. */
export function innerHash(depth: number, prefix: Uint8Array, left: Hash, right: Hash): Hash {
  return sha256(INNER, u16be(depth), prefix, left, right);
}

/** An inner node's place in the store: its depth, and as many bytes of the prefix as that takes. */
export function nodeKey(depth: number, prefix: Uint8Array): Uint8Array {
  return concat(u16be(depth), prefix.subarray(0, (depth + 7) >> 3));
}

/** The root's own record; no inner node has so short a key. */
export const ROOT_KEY = new Uint8Array(0);
const REF_BYTES = 66;

export function encodeRef(ref: Ref): Uint8Array {
  return concat(u16be(ref.depth), ref.prefix, ref.hash);
}

export function decodeRef(bytes: Uint8Array): Ref {
  invariant(bytes.length === REF_BYTES, 'a damaged tree record');
  return { depth: readU16be(bytes, 0), prefix: bytes.slice(2, 34), hash: bytes.slice(34) };
}

export function encodeInner(node: Inner): Uint8Array {
  return concat(encodeRef(node.left), encodeRef(node.right));
}

export function decodeInner(bytes: Uint8Array): Inner {
  invariant(bytes.length === 2 * REF_BYTES, 'a damaged tree record');
  return { left: decodeRef(bytes.subarray(0, REF_BYTES)), right: decodeRef(bytes.subarray(REF_BYTES)) };
}
