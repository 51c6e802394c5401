import { invariant } from '../util/errors.js';
import { Breath } from './breath.js';
import { HASH_BYTES } from './hashutil.js';
import { type Layout, layoutFor, packChain, packHeader, packUebField } from './layout.js';
import { HashTree } from './merkle.js';
import type { SegmentHashes } from './segment.js';
import type { Shape } from './shape.js';
import type { ShareSink } from './source.js';
import type { UebHashes } from './ueb.js';

const ZEROS = new Uint8Array(65_536);

/**
 * All of a share but its blocks (immutable.encode, immutable.layout): takes the segments' hashes, makes the trees,
 * and writes what stands around the blocks.
 */
export class ShareAssembler {
  readonly #shape: Shape;
  readonly #layout: Layout;
  readonly #sinks = new Map<number, ShareSink>();
  readonly #crypttextTree: HashTree;
  readonly #blockTrees: HashTree[];
  readonly #shareTree: HashTree;
  readonly #breath = new Breath();
  #next = 0;

  /** @param sinkFor asked once a share; a share without a sink is hashed and not written */
  constructor(shape: Shape, sinkFor: (share: number) => ShareSink | undefined) {
    this.#shape = shape;
    this.#layout = layoutFor(shape);
    this.#crypttextTree = new HashTree(shape.segments);
    this.#blockTrees = Array.from({ length: shape.total }, () => new HashTree(shape.segments));
    this.#shareTree = new HashTree(shape.total);
    for (let share = 0; share < shape.total; share++) {
      const sink = sinkFor(share);
      if (sink) this.#sinks.set(share, sink);
    }
  }

  /** The segments in order, each once. The hashes may be reused once the promise settles. */
  async add(index: number, hashes: SegmentHashes): Promise<void> {
    invariant(index === this.#next++, 'segments out of order');
    this.#crypttextTree.setLeaf(index, hashes.crypttext);
    this.#blockTrees.forEach((tree, share) => {
      tree.setLeaf(index, hashes.blocks.subarray(share * HASH_BYTES, (share + 1) * HASH_BYTES));
    });
  }

  /** After the last segment: the hashes that a URI extension block holds. */
  async seal(crypttextHash: Uint8Array): Promise<UebHashes> {
    invariant(this.#next === this.#shape.segments, 'segments are missing');
    this.#blockTrees.forEach((tree, share) => {
      this.#shareTree.setLeaf(share, tree.seal().root);
    });
    return { crypttextHash, crypttextRoot: this.#crypttextTree.seal().root, shareRoot: this.#shareTree.seal().root };
  }

  /** After `seal`: completes every share that has a sink; the header comes last. */
  async close(ueb: Uint8Array): Promise<void> {
    const layout = this.#layout;
    const header = packHeader(layout);
    const uebField = packUebField(layout, ueb);
    for (const [share, sink] of this.#sinks) {
      for (let at = layout.plaintextHashes; at < layout.crypttextHashes; at += ZEROS.length) {
        await sink.write(at, ZEROS.subarray(0, Math.min(ZEROS.length, layout.crypttextHashes - at)));
      }
      await sink.write(layout.crypttextHashes, this.#crypttextTree.bytes);
      await sink.write(layout.blockHashes, this.#blockTrees[share]!.bytes);
      await sink.write(layout.shareHashes, packChain(this.#shareTree, share));
      await sink.write(layout.ueb, uebField);
      await sink.write(0, header);
      await this.#breath.after(3 * this.#shape.treeSize);
    }
  }
}
