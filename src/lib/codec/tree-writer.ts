import { invariant } from '../util/errors.js';
import { HASH_BYTES } from './hashutil.js';
import { hashParent, treeWidth } from './merkle.js';

/** Nodes that stand one after another in a tree, ready to be written. */
export interface Run {
  /** The first one's number. */
  node: number;
  hashes: Uint8Array;
}

/** Levels of at most so many nodes are held to the end; wider ones leave in runs of so many. A power of two. */
const RUN_NODES = 256;
const NOTHING: readonly Run[] = [];

/** The newest nodes of one wide level. */
class Level {
  readonly #first: number;
  readonly #nodes = new Uint8Array(RUN_NODES * HASH_BYTES);
  #count = 0;

  /** @param width nodes of the level */
  constructor(width: number) {
    this.#first = width - 1;
  }

  /** The level's newest two nodes' parent, once they are two. */
  push(hash: Uint8Array): Uint8Array | undefined {
    const at = (this.#count++ % RUN_NODES) * HASH_BYTES;
    this.#nodes.set(hash, at);
    if (this.#count % 2 === 1) return undefined;
    return hashParent(this.#nodes.subarray(at - HASH_BYTES, at), this.#nodes.subarray(at, at + HASH_BYTES));
  }

  full(): Run | undefined {
    if (this.#count % RUN_NODES !== 0) return undefined;
    return { node: this.#first + this.#count - RUN_NODES, hashes: this.#nodes };
  }
}

/**
 * A hash tree made leaf by leaf in memory that grows with its height alone (hashtree.HashTree gives the same
 * nodes): a parent is computed as soon as its children are there.
 */
export class TreeWriter {
  readonly #width: number;
  /** Leaves first. */
  readonly #wide: Level[] = [];
  /** The levels above, as they stand in a share. */
  readonly #top: Uint8Array;
  readonly #topWidth: number;
  #topLeaves = 0;
  #pushed = 0;

  /** @param leaves without padding */
  constructor(leaves: number) {
    invariant(leaves >= 1, 'a tree without leaves');
    let width = treeWidth(leaves);
    this.#width = width;
    for (; width > RUN_NODES; width /= 2) this.#wide.push(new Level(width));
    this.#topWidth = width;
    this.#top = new Uint8Array((2 * width - 1) * HASH_BYTES);
  }

  /**
   * The next leaf; the caller pads to the tree's width. Returns what is to be written: it lasts until the
   * next push.
   */
  push(leaf: Uint8Array): readonly Run[] {
    invariant(this.#pushed++ < this.#width, 'more leaves than the tree has');
    let runs = NOTHING;
    let hash: Uint8Array | undefined = leaf;
    for (const level of this.#wide) {
      hash = level.push(hash);
      const run = level.full();
      if (run) runs = [...runs, run];
      if (!hash) return runs;
    }
    this.#pushTop(hash);
    return runs;
  }

  /** After the last leaf, padding included: the nodes that `push` did not return. */
  top(): Run {
    invariant(this.#pushed === this.#width, 'leaves are missing');
    return { node: 0, hashes: this.#top };
  }

  get root(): Uint8Array {
    return this.top().hashes.subarray(0, HASH_BYTES);
  }

  #node(index: number): Uint8Array {
    return this.#top.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
  }

  #pushTop(hash: Uint8Array): void {
    let index = this.#topWidth - 1 + this.#topLeaves++;
    this.#node(index).set(hash);
    for (; index > 0 && index % 2 === 0; index = index / 2 - 1) {
      this.#node(index / 2 - 1).set(hashParent(this.#node(index - 1), this.#node(index)));
    }
  }
}
