import { sha256 } from '../crypto/hash.js';
import { u16be } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import type { Hash } from './types.js';

/** A leaf stands at the full depth of its path. */
export const LEAF_DEPTH = 256;
export const EMPTY_ROOT: Hash = new Uint8Array(32);
const LEAF = Uint8Array.of(0);
const INNER = Uint8Array.of(1);
const DEPTHS = Array.from({ length: LEAF_DEPTH + 1 }, (_, depth) => u16be(depth));

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

/** Of a claim, too, which may say any depth. */
function depthBytes(depth: number): Uint8Array {
  return DEPTHS[depth] ?? u16be(depth);
}

/** The depth and prefix are in the hash, so that an inner node proves what is absent beside it. */
export function innerHash(depth: number, prefix: Uint8Array, left: Hash, right: Hash): Hash {
  return sha256(INNER, depthBytes(depth), prefix, left, right);
}

/** An inner node's place in the store: its depth, and as many bytes of the prefix as that takes. */
export function nodeKey(depth: number, prefix: Uint8Array): Uint8Array {
  const bytes = (depth + 7) >> 3;
  const key = new Uint8Array(2 + bytes);
  key.set(depthBytes(depth));
  for (let i = 0; i < bytes; i++) key[2 + i] = prefix[i]!;
  return key;
}

/** The root's own record; no inner node has so short a key. */
export const ROOT_KEY = new Uint8Array(0);
const REF_BYTES = 66;

export function encodeRef(ref: Ref): Uint8Array {
  const bytes = new Uint8Array(REF_BYTES);
  putRef(bytes, 0, ref);
  return bytes;
}

export function decodeRef(bytes: Uint8Array): Ref {
  invariant(bytes.length === REF_BYTES, 'a damaged tree record');
  return refAt(bytes, 0);
}

export function encodeInner({ left, right }: Inner): Uint8Array {
  const bytes = new Uint8Array(2 * REF_BYTES);
  putRef(bytes, 0, left);
  putRef(bytes, REF_BYTES, right);
  return bytes;
}

export function decodeInner(bytes: Uint8Array): Inner {
  invariant(bytes.length === 2 * REF_BYTES, 'a damaged tree record');
  return { left: refAt(bytes, 0), right: refAt(bytes, REF_BYTES) };
}

/** Depth, u16; prefix; hash. */
function putRef(bytes: Uint8Array, at: number, { depth, prefix, hash }: Ref): void {
  bytes.set(depthBytes(depth), at);
  bytes.set(prefix, at + 2);
  bytes.set(hash, at + 34);
}

function refAt(bytes: Uint8Array, at: number): Ref {
  const depth = (bytes[at]! << 8) | bytes[at + 1]!;
  return { depth, prefix: bytes.slice(at + 2, at + 34), hash: bytes.slice(at + 34, at + REF_BYTES) };
}
