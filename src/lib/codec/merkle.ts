import { concat, equal, utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { HASH_BYTES, netstring, sha256d, tagged } from './hashutil.js';
import { cpythonSetOrder } from './setorder.js';

const hashEmptyLeaf = tagged('Merkle tree empty leaf');

/** What stands in a tree's unused leaf `index`. */
export function paddingLeaf(index: number): Uint8Array {
  return hashEmptyLeaf(utf8(`${index}`));
}

/** NS(tag) ‖ "32:" left "," ‖ "32:" right ",": one buffer, filled anew for each parent. */
const blank = new Uint8Array(HASH_BYTES);
const parentInput = concat(netstring(utf8('Merkle tree internal node')), netstring(blank), netstring(blank));
const RIGHT_AT = parentInput.length - 1 - HASH_BYTES;
const LEFT_AT = RIGHT_AT - netstring(blank).length;

export function hashParent(left: Uint8Array, right: Uint8Array): Uint8Array {
  parentInput.set(left, LEFT_AT);
  parentInput.set(right, RIGHT_AT);
  return sha256d(parentInput);
}

/** The smallest power of two that holds `leaves` leaves. */
export function treeWidth(leaves: number): number {
  let width = 1;
  while (width < leaves) width *= 2;
  return width;
}

/** Bytes of a tree as it stands in a share. */
export function treeBytes(leaves: number): number {
  return HASH_BYTES * (2 * treeWidth(leaves) - 1);
}

/**
 * A complete binary hash tree in one flat array, as Tahoe's hashtree module lays it out and as a share holds it:
 * root 0, children of i at 2i+1 and 2i+2, leaves last.
 */
export class HashTree {
  readonly bytes: Uint8Array;
  readonly leaves: number;
  readonly #width: number;

  /** @param bytes a tree read from a share, to be verified; without it an empty one, to be filled. */
  constructor(leaves: number, bytes: Uint8Array = new Uint8Array(treeBytes(leaves))) {
    invariant(leaves >= 1 && bytes.length === treeBytes(leaves), 'a tree of the wrong size');
    this.leaves = leaves;
    this.#width = treeWidth(leaves);
    this.bytes = bytes;
  }

  node(index: number): Uint8Array {
    return this.bytes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  leaf(index: number): Uint8Array {
    return this.node(this.#width - 1 + index);
  }

  get root(): Uint8Array {
    return this.node(0);
  }

  setLeaf(index: number, hash: Uint8Array): void {
    this.leaf(index).set(hash);
  }

  /** Pads the leaves and hashes up to the root. */
  seal(): this {
    for (let index = this.leaves; index < this.#width; index++) this.setLeaf(index, paddingLeaf(index));
    for (let index = this.#width - 2; index >= 0; index--) this.node(index).set(this.#parent(index));
    return this;
  }

  /** Every node follows from the given root, so every leaf can be relied on. */
  verify(root: Uint8Array): boolean {
    if (!equal(this.root, root)) return false;
    for (let index = 0; index < this.#width - 1; index++) {
      if (!equal(this.node(index), this.#parent(index))) return false;
    }
    return true;
  }

  #parent(index: number): Uint8Array {
    return hashParent(this.node(2 * index + 1), this.node(2 * index + 2));
  }
}

/** Node numbers of a leaf's siblings on its way up, bottom first. */
function siblings(width: number, leaf: number): number[] {
  const path: number[] = [];
  for (let index = width - 1 + leaf; index > 0; index = (index - 1) >>> 1) {
    path.push(index % 2 === 1 ? index + 1 : index - 1);
  }
  return path;
}

/** Entries of a share-hash chain: log2(width) siblings and the leaf. */
export function chainLength(leaves: number): number {
  return Math.log2(treeWidth(leaves)) + 1;
}

/** The share-hash chain's node numbers, in the order Tahoe writes them. */
export function chainOrder(leaves: number, leaf: number): number[] {
  const width = treeWidth(leaves);
  return cpythonSetOrder([...siblings(width, leaf), width - 1 + leaf]);
}

/** The leaf, if the chain holds it and leads from it to the root; else undefined. */
export function leafFromChain(
  leaves: number,
  leaf: number,
  chain: ReadonlyMap<number, Uint8Array>,
  root: Uint8Array,
): Uint8Array | undefined {
  const width = treeWidth(leaves);
  const found = chain.get(width - 1 + leaf);
  let hash = found;
  for (const index of siblings(width, leaf)) {
    const sibling = chain.get(index);
    if (!hash || !sibling) return undefined;
    hash = index % 2 === 1 ? hashParent(sibling, hash) : hashParent(hash, sibling);
  }
  return hash && equal(hash, root) ? found : undefined;
}
