import { equal } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { largestPowerUpTo, leafOf, nodeAt, parentOf, type RangeNodes } from './mmr.js';
import type { Hash } from './types.js';

/** Two below 2^53 leaves' worth of a path; whatever is longer proves nothing. */
const PATH_MAX = 54;

/** The largest power of two below n, n above 1: where RFC 9162 splits n leaves. */
const splitOf = (n: number) => (largestPowerUpTo(n) === n ? n / 2 : largestPowerUpTo(n));

/** The Merkle Tree Hash of the leaves from … to − 1, `from` being where a split left it. */
function hashOf(nodes: RangeNodes, from: number, to: number): Hash {
  const n = to - from;
  if (largestPowerUpTo(n) === n) return nodeAt(nodes, from, n);
  const k = splitOf(n);
  return parentOf(nodeAt(nodes, from, k), hashOf(nodes, from + k, to));
}

/** RFC 9162 §2.1.3.1: the siblings on the way from a leaf up to the root of the first `count` leaves. */
export function proveInclusion(nodes: RangeNodes, index: number, count: number): Hash[] {
  invariant(index >= 0 && index < count, 'a leaf of the range');
  return pathOf(nodes, index, 0, count);
}

function pathOf(nodes: RangeNodes, index: number, from: number, to: number): Hash[] {
  if (to - from === 1) return [];
  const middle = from + splitOf(to - from);
  return index < middle
    ? [...pathOf(nodes, index, from, middle), hashOf(nodes, middle, to)]
    : [...pathOf(nodes, index, middle, to), hashOf(nodes, from, middle)];
}

const isCount = (n: number) => Number.isSafeInteger(n) && n >= 0;
const odd = (n: number) => n % 2 === 1;
const half = (n: number) => Math.floor(n / 2);

/**
 * RFC 9162 §2.1.3.2: the root of `count` leaves that a path leads to, if `data` is leaf `index` of them. undefined,
 * never a throw, for a path that is none for this leaf.
 */
export function rootByPath(count: number, index: number, data: Uint8Array, path: readonly Hash[]): Hash | undefined {
  if (!isCount(count) || !isCount(index) || index >= count || path.length > PATH_MAX) return undefined;
  let [fn, sn] = [index, count - 1];
  let hash = leafOf(data);
  for (const sibling of path) {
    if (sn === 0 || sibling.length !== 32) return undefined;
    if (odd(fn) || fn === sn) {
      hash = parentOf(sibling, hash);
      for (; !odd(fn) && fn !== 0; sn = half(sn)) fn = half(fn);
    } else {
      hash = parentOf(hash, sibling);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 ? hash : undefined;
}

/** Whether `data` is leaf `index` of the `count` that hash to `root`. Never throws. */
export function verifyInclusion(
  root: Hash,
  count: number,
  index: number,
  data: Uint8Array,
  path: readonly Hash[],
): boolean {
  const found = rootByPath(count, index, data, path);
  return found !== undefined && equal(found, root);
}

/**
 * RFC 9162 §2.1.4.1: what shows that the first `first` of `count` leaves are those an older root is of. So a node
 * that skipped headers knows that a new one descends from an old one.
 */
export function proveConsistency(nodes: RangeNodes, first: number, count: number): Hash[] {
  invariant(first >= 1 && first <= count, 'a part of the range');
  return subproof(nodes, first, 0, count, true);
}

/** `whole`: the older root is known to the verifier, and left out. */
function subproof(nodes: RangeNodes, first: number, from: number, to: number, whole: boolean): Hash[] {
  const n = to - from;
  if (first === n) return whole ? [] : [hashOf(nodes, from, to)];
  const k = splitOf(n);
  return first <= k
    ? [...subproof(nodes, first, from, from + k, whole), hashOf(nodes, from + k, to)]
    : [...subproof(nodes, first - k, from + k, to, false), hashOf(nodes, from, from + k)];
}

/** RFC 9162 §2.1.4.2: whether the `count` leaves of `root` begin with the `first` of `firstRoot`. Never throws. */
export function verifyConsistency(
  { first, firstRoot, count, root }: { first: number; firstRoot: Hash; count: number; root: Hash },
  proof: readonly Hash[],
): boolean {
  if (!isCount(first) || !isCount(count) || first < 1 || first > count) return false;
  if (proof.length > PATH_MAX || proof.some(({ length }) => length !== 32)) return false;
  if (first === count) return proof.length === 0 && equal(firstRoot, root);
  // A first that is a power of two is a node of the tree: its root opens the path.
  const path = largestPowerUpTo(first) === first ? [firstRoot, ...proof] : proof;
  const start = path[0];
  if (!start) return false;
  let [fn, sn] = [first - 1, count - 1];
  for (; odd(fn); sn = half(sn)) fn = half(fn);
  let [older, newer] = [start, start];
  for (const node of path.slice(1)) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      [older, newer] = [parentOf(node, older), parentOf(node, newer)];
      for (; !odd(fn) && fn !== 0; sn = half(sn)) fn = half(fn);
    } else {
      newer = parentOf(newer, node);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 && equal(older, firstRoot) && equal(newer, root);
}
