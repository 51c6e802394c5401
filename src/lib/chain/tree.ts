import { sha256 } from '../crypto/hash.js';
import { compare } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import type { Change } from './state.js';
import {
  bit,
  commonBits,
  decodeInner,
  decodeRef,
  encodeInner,
  encodeRef,
  type Inner,
  innerHash,
  LEAF_DEPTH,
  nodeKey,
  pathOf,
  prefixOf,
  type Ref,
  ROOT_KEY,
  refHash,
} from './tree-node.js';
import type { Hash } from './types.js';

/**
 * The state's commitment: a compressed binary Merkle radix tree over SHA-256 of the flat keys. Its
 * shape follows from the set of leaves alone, so the same state has the same root whatever its
 * history. Inner nodes are stored by position: replacing one needs no garbage collection.
 */
export interface TreeStore {
  get(key: Uint8Array): Uint8Array | undefined;
}

export interface TreeUpdate {
  root: Hash;
  writes: Change[];
}

/** A change at its place in the tree, with the value's hash; null: the leaf goes. */
interface Item {
  path: Uint8Array;
  hash: Hash | null;
}

export function rootRef(store: TreeStore): Ref | undefined {
  const bytes = store.get(ROOT_KEY);
  return bytes === undefined ? undefined : decodeRef(bytes);
}

export function rootOf(store: TreeStore): Hash {
  return refHash(rootRef(store));
}

export function readInner(store: TreeStore, ref: Ref): Inner {
  const bytes = store.get(nodeKey(ref.depth, ref.prefix));
  invariant(bytes !== undefined, 'a tree node is missing');
  return decodeInner(bytes);
}

/** Applies changes to the tree in the store in one pass. Each key at most once. Writes nothing itself. */
export function updateTree(
  changes: readonly Change[],
  store: TreeStore,
  paths: readonly Uint8Array[] = changes.map(([key]) => pathOf(key)),
): TreeUpdate {
  const items = changes.map(([, value], index): Item => {
    return { path: paths[index]!, hash: value === null ? null : sha256(value) };
  });
  items.sort((a, b) => compare(a.path, b.path));
  const pass = new Pass(store);
  const before = rootRef(store);
  const root = pass.update(before, items);
  if (root) pass.writes.push([ROOT_KEY, encodeRef(root)]);
  else if (before) pass.writes.push([ROOT_KEY, null]);
  return { root: refHash(root), writes: pass.writes };
}

class Pass {
  readonly writes: Change[] = [];
  readonly #store: TreeStore;

  constructor(store: TreeStore) {
    this.#store = store;
  }

  update(ref: Ref | undefined, items: Item[]): Ref | undefined {
    if (items.length === 0) return ref;
    if (!ref) return this.#build(items.filter((item) => item.hash !== null));
    if (ref.depth === LEAF_DEPTH) return this.#build(withLeaf(ref, items));
    const inside = (item: Item) => commonBits(item.path, ref.prefix) >= ref.depth;
    // They are sorted, and what shares a prefix is one range.
    if (inside(items[0]!) && inside(items.at(-1)!)) return this.#descend(ref, items);
    const outside = items.filter((item) => item.hash !== null && !inside(item));
    if (outside.length > 0) return this.#fork(ref, outside, items);
    return this.#descend(ref, items.filter(inside));
  }

  /** Some leaves stand beside this subtree: a node above it, where the first of them leaves its prefix. */
  #fork(ref: Ref, outside: Item[], items: Item[]): Ref | undefined {
    const depth = Math.min(...outside.map((item) => commonBits(item.path, ref.prefix)));
    const side = bit(ref.prefix, depth);
    const near = items.filter((item) => commonBits(item.path, ref.prefix) > depth);
    const far = outside.filter((item) => commonBits(item.path, ref.prefix) === depth);
    const kept = this.update(ref, near);
    const built = this.#build(far);
    const prefix = prefixOf(ref.prefix, depth);
    return side === 0 ? this.#join(depth, prefix, kept, built) : this.#join(depth, prefix, built, kept);
  }

  #descend(ref: Ref, items: Item[]): Ref | undefined {
    if (items.length === 0) return ref;
    const node = readInner(this.#store, ref);
    const split = splitAt(items, ref.depth);
    const left = this.update(node.left, items.slice(0, split));
    const right = this.update(node.right, items.slice(split));
    if (left && right) return this.#join(ref.depth, ref.prefix, left, right);
    this.writes.push([nodeKey(ref.depth, ref.prefix), null]);
    return left ?? right;
  }

  #join(depth: number, prefix: Uint8Array, left: Ref | undefined, right: Ref | undefined): Ref | undefined {
    if (!left || !right) return left ?? right;
    this.writes.push([nodeKey(depth, prefix), encodeInner({ left, right })]);
    return { depth, prefix, hash: innerHash(depth, prefix, refHash(left), refHash(right)) };
  }

  #build(items: Item[]): Ref | undefined {
    const first = items[0];
    if (!first) return undefined;
    if (items.length === 1) return { depth: LEAF_DEPTH, prefix: first.path, hash: first.hash! };
    const depth = commonBits(first.path, items[items.length - 1]!.path);
    const split = splitAt(items, depth);
    const left = this.#build(items.slice(0, split));
    const right = this.#build(items.slice(split));
    return this.#join(depth, prefixOf(first.path, depth), left, right);
  }
}

/** The first of the sorted items whose bit at `depth` is set. */
function splitAt(items: Item[], depth: number): number {
  const index = items.findIndex((item) => bit(item.path, depth) === 1);
  return index < 0 ? items.length : index;
}

/** The leaf that is there takes its place among the changes, unless one of them is about it. */
function withLeaf(leaf: Ref, items: Item[]): Item[] {
  const kept = items.filter((item) => item.hash !== null);
  if (items.some((item) => compare(item.path, leaf.prefix) === 0)) return kept;
  const at = kept.findIndex((item) => compare(item.path, leaf.prefix) > 0);
  kept.splice(at < 0 ? kept.length : at, 0, { path: leaf.prefix, hash: leaf.hash });
  return kept;
}
