import { sha256 } from '../crypto/hash.js';
import { invariant } from '../util/errors.js';
import type { Hash } from './types.js';

/*
 * A Merkle mountain range: a tree that grows by appending, and is known by its peaks, the roots of the perfect trees
 * whose sizes are the bits of its leaf count. Bagged from the right, the peaks' hash is the Merkle Tree Hash of
 * RFC 9162 §2.1.1; so its inclusion and consistency proofs (mmr-proof.ts) are that RFC's, vectors and all.
 */

/** The peaks of a range, the highest first. At most 53 hashes; what a header's child needs to know of its ancestors. */
export interface Range {
  /** Leaves. */
  count: number;
  peaks: Hash[];
}

export const EMPTY_RANGE: Range = { count: 0, peaks: [] };

/** A node over the leaves index · 2^level and the 2^level − 1 after it. */
export interface RangeNode {
  level: number;
  index: number;
  hash: Hash;
}

/** The nodes of a range, as they were appended. A node of a fork not taken is overwritten by the one in its place. */
export interface RangeNodes {
  get(level: number, index: number): Hash | undefined;
}

const LEAF = Uint8Array.of(0x00);
const INNER = Uint8Array.of(0x01);

export function leafOf(data: Uint8Array): Hash {
  return sha256(LEAF, data);
}

export function parentOf(left: Hash, right: Hash): Hash {
  return sha256(INNER, left, right);
}

/** The range with a leaf more, and the nodes that completes, the leaf first: for a store, to prove from. */
export function append({ count, peaks }: Range, data: Uint8Array): { range: Range; nodes: RangeNode[] } {
  invariant(count < Number.MAX_SAFE_INTEGER, 'a range holds below 2^53 leaves');
  const next = [...peaks];
  let node = { level: 0, index: count, hash: leafOf(data) };
  const nodes = [node];
  // Each trailing 1 of the count is a peak as high as the node: the two make one of the next level.
  while (node.index % 2 === 1) {
    node = { level: node.level + 1, index: (node.index - 1) / 2, hash: parentOf(next.pop()!, node.hash) };
    nodes.push(node);
  }
  next.push(node.hash);
  return { range: { count: count + 1, peaks: next }, nodes };
}

/** RFC 9162's tree hash of all leaves; of none, SHA-256 of nothing. */
export function rangeRoot({ peaks }: Range): Hash {
  return peaks.length === 0 ? sha256() : peaks.reduceRight((right, left) => parentOf(left, right));
}

/** The range as it was when it had `count` leaves, from the nodes of it or of any longer one that begins alike. */
export function rangeAt(nodes: RangeNodes, count: number): Range {
  const peaks: Hash[] = [];
  let from = 0;
  for (let size = largestPowerUpTo(count); size >= 1; size /= 2) {
    if (from + size > count) continue;
    peaks.push(nodeAt(nodes, from, size));
    from += size;
  }
  return { count, peaks };
}

/** The node over `size` leaves, a power of two, from a multiple of it on. */
export function nodeAt(nodes: RangeNodes, from: number, size: number): Hash {
  const hash = nodes.get(Math.log2(size), from / size);
  invariant(hash, 'a range has all nodes over its leaves');
  return hash;
}

/** The largest power of two that is at most n; exact, as a logarithm near 2^53 is not. 1 for 0. */
export function largestPowerUpTo(n: number): number {
  let power = 1;
  while (2 * power <= n) power *= 2;
  return power;
}
