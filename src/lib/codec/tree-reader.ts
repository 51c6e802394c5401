import type { Breath } from './breath.js';
import { ShareFault } from './fault.js';
import { HASH_BYTES } from './hashutil.js';
import { HashTree, treeWidth } from './merkle.js';

/** Levels of a band, its root left out: 16 KiB of hashes. */
const BAND_HEIGHT = 8;
const BAND_LEAVES = 2 ** BAND_HEIGHT;

/** A subtree that was read and found to follow from its root. */
interface Band {
  index: number;
  tree: HashTree;
}

/**
 * A hash tree in a share, read and verified only where it is asked for, from the trusted root down. It is cut
 * into bands of subtrees; the latest one on each level of bands is kept, so that leaves in order cost one read of
 * each band, any one leaf costs one band a level, and memory grows with the height alone. One call at a time.
 */
export class TreeReader {
  readonly #width: number;
  readonly #root: Uint8Array;
  readonly #read: (node: number, count: number) => Promise<Uint8Array>;
  readonly #what: string;
  /** Bands' heights, from the root's down: the top one takes what is left over. */
  readonly #heights: number[] = [];
  readonly #kept: (Band | undefined)[] = [];

  /**
   * @param root trusted; @param read nodes by their numbers, throws ShareFault
   * @param what the tree is called when it turns out corrupt
   */
  constructor(
    leaves: number,
    root: Uint8Array,
    read: (node: number, count: number) => Promise<Uint8Array>,
    what: string,
  ) {
    this.#width = treeWidth(leaves);
    this.#root = root;
    this.#read = read;
    this.#what = what;
    let height = Math.log2(this.#width);
    for (; height > BAND_HEIGHT; height -= BAND_HEIGHT) this.#heights.push(BAND_HEIGHT);
    this.#heights.unshift(height);
  }

  /** 32 bytes. Throws ShareFault where what leads to the leaf does not follow from the root. */
  async leaf(index: number): Promise<Uint8Array> {
    let hash = this.#root;
    let below = this.#width;
    for (const [level, height] of this.#heights.entries()) {
      const band = Math.floor(index / below);
      if (this.#kept[level]?.index !== band) {
        this.#kept[level] = { index: band, tree: await this.#band(this.#width / below, band, height, hash) };
      }
      below /= 2 ** height;
      hash = this.#kept[level]!.tree.leaf(Math.floor(index / below) % 2 ** height);
    }
    return hash;
  }

  /** Verifies all nodes above the leaves from `from` on, padding included. Throws ShareFault. */
  async verify(from: number, breath: Breath): Promise<void> {
    for (let index = from - (from % BAND_LEAVES); index < this.#width; index += BAND_LEAVES) {
      await this.leaf(index);
      await breath.after(0, BAND_LEAVES);
    }
  }

  /** The subtree under node `index` of the level that is `width` wide. */
  async #band(width: number, index: number, height: number, root: Uint8Array): Promise<HashTree> {
    const leaves = 2 ** height;
    const tree = width === 1 ? new HashTree(leaves, await this.#read(0, 2 * leaves - 1)) : new HashTree(leaves);
    if (width > 1) {
      tree.node(0).set(root);
      for (let count = 2; count <= leaves; count *= 2) {
        const nodes = await this.#read(width * count - 1 + index * count, count);
        tree.bytes.set(nodes, (count - 1) * HASH_BYTES);
      }
    }
    if (!tree.verify(root)) throw new ShareFault(`its ${this.#what} hashes do not match the cap`);
    return tree;
  }
}
