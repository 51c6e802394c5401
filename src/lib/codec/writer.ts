import { invariant } from '../util/errors.js';
import { Breath } from './breath.js';
import { FecEncoder } from './fec.js';
import { crypttextHasher, hashBlock, hashCrypttextSegment } from './hashutil.js';
import { type Layout, layoutFor, packChain, packHeader, packUebField } from './layout.js';
import { HashTree } from './merkle.js';
import { blockLength, type Shape, segmentLength } from './shape.js';
import type { ShareSink } from './source.js';
import type { UebHashes } from './ueb.js';

const ZEROS = new Uint8Array(65_536);

/**
 * Ciphertext segments in, shares out (immutable.encode). Blocks go to the sinks as they are made, hashes and
 * header last. Held in memory: a segment, its blocks, and the hash trees (64 bytes a segment and share).
 */
export class ShareWriter {
  readonly #shape: Shape;
  readonly #layout: Layout;
  readonly #fec: FecEncoder;
  readonly #sinks = new Map<number, ShareSink>();
  readonly #crypttext = crypttextHasher();
  readonly #crypttextTree: HashTree;
  readonly #blockTrees: HashTree[];
  readonly #shareTree: HashTree;
  readonly #breath = new Breath();
  #next = 0;

  /** @param sinkFor asked once a share; a share without a sink is hashed and not written */
  constructor(shape: Shape, sinkFor: (share: number) => ShareSink | undefined) {
    this.#shape = shape;
    this.#layout = layoutFor(shape);
    this.#fec = new FecEncoder(shape.needed, shape.total);
    this.#crypttextTree = new HashTree(shape.segments);
    this.#blockTrees = Array.from({ length: shape.total }, () => new HashTree(shape.segments));
    this.#shareTree = new HashTree(shape.total);
    for (let share = 0; share < shape.total; share++) {
      const sink = sinkFor(share);
      if (sink) this.#sinks.set(share, sink);
    }
  }

  /** Segments in order, unpadded. */
  async segment(ciphertext: Uint8Array): Promise<void> {
    const index = this.#next++;
    invariant(ciphertext.length === segmentLength(this.#shape, index), 'a segment of the wrong length');
    this.#crypttext.update(ciphertext);
    this.#crypttextTree.setLeaf(index, hashCrypttextSegment(ciphertext));
    const blocks = this.#fec.encode(this.#pieces(ciphertext, blockLength(this.#shape, index)));
    const at = this.#layout.data + index * this.#shape.blockSize;
    const writes: Promise<void>[] = [];
    blocks.forEach((block, share) => {
      this.#blockTrees[share]!.setLeaf(index, hashBlock(block));
      const sink = this.#sinks.get(share);
      if (sink) writes.push(sink.write(at, block));
    });
    await Promise.all(writes);
    await this.#breath.after(blocks.length * blocks[0]!.length);
  }

  /** After the last segment: the hashes that a URI extension block holds. */
  seal(): UebHashes {
    invariant(this.#next === this.#shape.segments, 'segments are missing');
    this.#blockTrees.forEach((tree, share) => {
      this.#shareTree.setLeaf(share, tree.seal().root);
    });
    return {
      crypttextHash: this.#crypttext.digest(),
      crypttextRoot: this.#crypttextTree.seal().root,
      shareRoot: this.#shareTree.seal().root,
    };
  }

  /** After `seal`: completes every share that has a sink. */
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

  /** Zero bytes pad the ciphertext of the tail to a whole number of pieces. */
  #pieces(ciphertext: Uint8Array, length: number): Uint8Array[] {
    const { needed } = this.#shape;
    let padded = ciphertext;
    if (ciphertext.length !== needed * length) {
      padded = new Uint8Array(needed * length);
      padded.set(ciphertext);
    }
    return Array.from({ length: needed }, (_, piece) => padded.subarray(piece * length, (piece + 1) * length));
  }
}
