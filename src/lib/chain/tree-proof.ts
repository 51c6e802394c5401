import { sha256 } from '../crypto/hash.js';
import { equal } from '../util/bytes.js';
import { readInner, rootRef, type TreeStore } from './tree.js';
import {
  bit,
  commonBits,
  EMPTY_ROOT,
  innerHash,
  LEAF_DEPTH,
  leafHash,
  pathOf,
  prefixOf,
  refHash,
} from './tree-node.js';
import type { Hash } from './types.js';

/** From the root down: the inner nodes on the way to a path, each with the other side's hash. */
export interface Proof {
  steps: { depth: number; sibling: Hash }[];
  /** What stands at the end of the way, where that is not the key's own leaf. */
  end:
    | { kind: 'leaf' }
    | { kind: 'empty' }
    | { kind: 'other-leaf'; path: Uint8Array; valueHash: Hash }
    | { kind: 'inner'; depth: number; prefix: Uint8Array; left: Hash; right: Hash };
}

/** Proves what a key holds, or that it holds nothing. */
export function prove(store: TreeStore, key: Uint8Array): Proof {
  const path = pathOf(key);
  const steps: Proof['steps'] = [];
  let ref = rootRef(store);
  while (ref && ref.depth < LEAF_DEPTH) {
    const node = readInner(store, ref);
    if (commonBits(path, ref.prefix) < ref.depth) {
      const { depth, prefix } = ref;
      return { steps, end: { kind: 'inner', depth, prefix, left: refHash(node.left), right: refHash(node.right) } };
    }
    const right = bit(path, ref.depth) === 1;
    steps.push({ depth: ref.depth, sibling: refHash(right ? node.left : node.right) });
    ref = right ? node.right : node.left;
  }
  if (!ref) return { steps, end: { kind: 'empty' } };
  if (equal(ref.prefix, path)) return { steps, end: { kind: 'leaf' } };
  return { steps, end: { kind: 'other-leaf', path: ref.prefix, valueHash: ref.hash } };
}

/** The hash at the end of the way if it shows what is claimed, else undefined. */
function endHash(path: Uint8Array, value: Uint8Array | null, end: Proof['end']): Hash | undefined {
  if (end.kind === 'leaf') return value === null ? undefined : leafHash(path, sha256(value));
  if (value !== null) return undefined;
  if (end.kind === 'empty') return EMPTY_ROOT;
  if (end.kind === 'other-leaf') return equal(end.path, path) ? undefined : leafHash(end.path, end.valueHash);
  if (commonBits(path, end.prefix) >= end.depth) return undefined;
  return innerHash(end.depth, end.prefix, end.left, end.right);
}

/** Whether a proof shows, under a root, that the key holds exactly this value (null: that it holds nothing). */
export function verifyProof(root: Hash, key: Uint8Array, value: Uint8Array | null, proof: Proof): boolean {
  const path = pathOf(key);
  let hash = endHash(path, value, proof.end);
  if (!hash || (proof.end.kind === 'empty' && proof.steps.length > 0)) return false;
  let below = LEAF_DEPTH;
  for (const { depth, sibling } of proof.steps.toReversed()) {
    if (!Number.isInteger(depth) || depth < 0 || depth >= below) return false;
    below = depth;
    const right = bit(path, depth) === 1;
    hash = innerHash(depth, prefixOf(path, depth), right ? sibling : hash, right ? hash : sibling);
  }
  return equal(hash, root);
}
