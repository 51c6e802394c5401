import { compare } from '../util/bytes.js';
import { readInner, rootRef, type TreeStore } from './tree.js';
import { bit, commonBits, LEAF_DEPTH, type Ref } from './tree-node.js';

/**
 * The paths of the next `n` leaves after a path (which need not be a leaf's), in the tree's order, going on at its
 * start behind the last: each leaf at most once, so fewer than `n` only where there are no more. Reads a node for
 * each leaf and each level above the first.
 */
export function leavesAfter(tree: TreeStore, path: Uint8Array, n: number): Uint8Array[] {
  const root = rootRef(tree);
  if (!root || n <= 0) return [];
  const found: Uint8Array[] = [];
  collect(tree, root, path, n, found);
  const behind = found.length;
  if (behind < n) collect(tree, root, undefined, n, found);
  const again = found.findIndex((leaf, i) => i >= behind && compare(leaf, path) > 0);
  return again < 0 ? found : found.slice(0, again);
}

/** The leaves of a subtree, those behind `after` where one is given, until there are `n`. */
function collect(tree: TreeStore, ref: Ref, after: Uint8Array | undefined, n: number, found: Uint8Array[]): void {
  if (found.length >= n) return;
  const inside = after !== undefined && commonBits(after, ref.prefix) >= ref.depth;
  if (after && !inside && compare(ref.prefix, after) < 0) return;
  if (ref.depth === LEAF_DEPTH) {
    if (!inside) found.push(ref.prefix);
    return;
  }
  const { left, right } = readInner(tree, ref);
  const skipsLeft = inside && bit(after, ref.depth) === 1;
  if (!skipsLeft) collect(tree, left, inside ? after : undefined, n, found);
  collect(tree, right, inside && skipsLeft ? after : undefined, n, found);
}
