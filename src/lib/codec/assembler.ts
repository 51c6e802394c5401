import { invariant } from '../util/errors.js';
import { Breath } from './breath.js';
import { HASH_BYTES } from './hashutil.js';
import { type Layout, layoutFor, packChain, packHeader, packUebField } from './layout.js';
import { HashTree, paddingLeaf, treeWidth } from './merkle.js';
import type { SegmentHashes } from './segment.js';
import type { Shape } from './shape.js';
import type { ShareSink } from './source.js';
import { type Run, TreeWriter } from './tree-writer.js';
import type { UebHashes } from './ueb.js';

const ZEROS = new Uint8Array(65_536);

/**
 * All of a share but its blocks (immutable.encode, immutable.layout): takes the segments' hashes, makes the trees,
 * and writes what stands around the blocks. The trees leave as they grow: what is held does not depend on how
 * many segments there are.
 */
export class ShareAssembler {
  readonly #shape: Shape;
  readonly #layout: Layout;
  readonly #sinks = new Map<number, ShareSink>();
  /** The same in every share. */
  readonly #crypttextTree: TreeWriter;
  readonly #blockTrees: TreeWriter[];
  readonly #shareTree: HashTree;
  readonly #breath = new Breath();
  #next = 0;

  /** @param sinkFor asked once a share; a share without a sink is hashed and not written */
  constructor(shape: Shape, sinkFor: (share: number) => ShareSink | undefined) {
    this.#shape = shape;
    this.#layout = layoutFor(shape);
    this.#crypttextTree = new TreeWriter(shape.segments);
    this.#blockTrees = Array.from({ length: shape.total }, () => new TreeWriter(shape.segments));
    this.#shareTree = new HashTree(shape.total);
    for (let share = 0; share < shape.total; share++) {
      const sink = sinkFor(share);
      if (sink) this.#sinks.set(share, sink);
    }
  }

  /** The segments in order, one at a time. The hashes may be reused once the promise settles. */
  async add(index: number, { crypttext, blocks }: SegmentHashes): Promise<void> {
    invariant(index === this.#next++, 'segments out of order');
    await this.#push(crypttext, (share) => blocks.subarray(share * HASH_BYTES, (share + 1) * HASH_BYTES));
  }

  /** After the last segment: pads the trees, and gives the hashes that a URI extension block holds. */
  async seal(crypttextHash: Uint8Array): Promise<UebHashes> {
    const { segments } = this.#shape;
    invariant(this.#next === segments, 'segments are missing');
    for (let index = segments; index < treeWidth(segments); index++) {
      const leaf = paddingLeaf(index);
      await this.#push(leaf, () => leaf);
    }
    this.#blockTrees.forEach((tree, share) => {
      this.#shareTree.setLeaf(share, tree.root);
    });
    return { crypttextHash, crypttextRoot: this.#crypttextTree.root, shareRoot: this.#shareTree.seal().root };
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
      await writeRun(sink, layout.crypttextHashes, this.#crypttextTree.top());
      await writeRun(sink, layout.blockHashes, this.#blockTrees[share]!.top());
      await sink.write(layout.shareHashes, packChain(this.#shareTree, share));
      await sink.write(layout.ueb, uebField);
      await sink.write(0, header);
      await this.#breath.after(this.#shape.treeSize);
    }
  }

  /** One more leaf to every tree; what they let go of is written. */
  async #push(crypttext: Uint8Array, leafOf: (share: number) => Uint8Array): Promise<void> {
    const common = this.#crypttextTree.push(crypttext);
    const writes: Promise<void>[] = [];
    this.#blockTrees.forEach((tree, share) => {
      const runs = tree.push(leafOf(share));
      const sink = this.#sinks.get(share);
      if (sink && common.length + runs.length > 0) writes.push(this.#write(sink, common, runs));
    });
    if (writes.length > 0) await Promise.all(writes);
    await this.#breath.after(0, this.#blockTrees.length);
  }

  async #write(sink: ShareSink, crypttext: readonly Run[], blocks: readonly Run[]): Promise<void> {
    for (const run of crypttext) await writeRun(sink, this.#layout.crypttextHashes, run);
    for (const run of blocks) await writeRun(sink, this.#layout.blockHashes, run);
  }
}

/** @param tree where the tree begins in the share */
function writeRun(sink: ShareSink, tree: number, { node, hashes }: Run): Promise<void> {
  return sink.write(tree + node * HASH_BYTES, hashes);
}
