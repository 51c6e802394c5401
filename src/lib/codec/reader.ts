import { equal } from '../util/bytes.js';
import type { Breath } from './breath.js';
import type { ChkCap, VerifyCap } from './caps.js';
import { ShareFault } from './fault.js';
import { HASH_BYTES, hashBlock, hashUeb } from './hashutil.js';
import {
  CHAIN_ENTRY_BYTES,
  HEADER_BYTES_MAX,
  type Layout,
  layoutFor,
  packHeader,
  readUebLength,
  shareLength,
  uebLengthBytes,
  unpackChain,
  unpackHeader,
} from './layout.js';
import { leafFromChain } from './merkle.js';
import { blockLength, type Shape } from './shape.js';
import type { ByteSource } from './source.js';
import { TreeReader } from './tree-reader.js';
import { readUeb, UEB_BYTES_LIMIT, type Ueb } from './ueb.js';

/** More entries than any tree of shares has: a chain is bounded before it is read. */
const CHAIN_ENTRIES_MAX = 64;
const ZEROS = new Uint8Array(65_536);

async function readFrom(source: ByteSource, offset: number, length: number): Promise<Uint8Array> {
  if (!(offset >= 0 && length >= 0 && offset + length <= source.size)) throw new ShareFault('it is cut short');
  let bytes: Uint8Array;
  try {
    bytes = await source.read(offset, length);
  } catch (error) {
    throw new ShareFault(`it cannot be read: ${(error as Error).message}`);
  }
  if (bytes.length !== length) throw new ShareFault('it is cut short');
  return bytes;
}

/**
 * One share of a file, held to its cap: UEB by the cap's hash, share-hash chain by the UEB, block tree by the
 * chain, each block by the tree (immutable.downloader.share); crypttext tree by the UEB. Of the trees only what a
 * segment needs is read. Every method throws ShareFault; one call at a time.
 */
export class ShareReader {
  readonly #blockTree: TreeReader;
  readonly #crypttextTree: TreeReader;

  private constructor(
    readonly share: number,
    readonly source: ByteSource,
    readonly layout: Layout,
    readonly uebBytes: Uint8Array,
    readonly ueb: Ueb,
    blockRoot: Uint8Array,
  ) {
    const nodesAt = (tree: number) => (node: number, count: number) =>
      readFrom(source, tree + node * HASH_BYTES, count * HASH_BYTES);
    const { segments } = ueb.shape;
    this.#blockTree = new TreeReader(segments, blockRoot, nodesAt(layout.blockHashes), 'block');
    this.#crypttextTree = new TreeReader(segments, ueb.crypttextRoot, nodesAt(layout.crypttextHashes), 'crypttext');
  }

  static async open(source: ByteSource, share: number, cap: ChkCap | VerifyCap): Promise<ShareReader> {
    if (share >= cap.total) throw new ShareFault(`the file has only ${cap.total} shares`);
    const layout = unpackHeader(await readFrom(source, 0, Math.min(HEADER_BYTES_MAX, source.size)));
    if (typeof layout === 'string') throw new ShareFault(layout);

    const width = uebLengthBytes(layout.version);
    const length = readUebLength(await readFrom(source, layout.ueb, width), layout.version);
    if (length >= UEB_BYTES_LIMIT) throw new ShareFault('its URI extension block is too long');
    const uebBytes = await readFrom(source, layout.ueb + width, length);
    if (!equal(hashUeb(uebBytes), cap.uebHash)) throw new ShareFault('its URI extension block does not match the cap');
    const ueb = readUeb(uebBytes, cap);
    if (typeof ueb === 'string') throw new ShareFault(ueb);

    const chainBytes = layout.ueb - layout.shareHashes;
    if (chainBytes > CHAIN_ENTRIES_MAX * CHAIN_ENTRY_BYTES) throw new ShareFault('its share hashes are too many');
    const chain = unpackChain(await readFrom(source, layout.shareHashes, chainBytes));
    const root = chain && leafFromChain(cap.total, share, chain, ueb.shareRoot);
    if (!root) throw new ShareFault('its share hashes do not match the cap');

    // So the number of segments that a UEB claims is held to what is there of them.
    const { dataSize, treeSize } = ueb.shape;
    for (const end of [layout.data + dataSize, layout.blockHashes + treeSize]) {
      if (!(end <= source.size)) throw new ShareFault('it is cut short');
    }
    return new ShareReader(share, source, layout, uebBytes, ueb, root);
  }

  get shape(): Shape {
    return this.ueb.shape;
  }

  async block(segment: number): Promise<Uint8Array> {
    const leaf = await this.#blockTree.leaf(segment);
    const at = this.layout.data + segment * this.shape.blockSize;
    const block = await readFrom(this.source, at, blockLength(this.shape, segment));
    if (!equal(hashBlock(block), leaf)) throw new ShareFault(`block ${segment} is corrupt`);
    return block;
  }

  /** What the segment's ciphertext hashes to. */
  crypttextLeaf(segment: number): Promise<Uint8Array> {
    return this.#crypttextTree.leaf(segment);
  }

  /** Reads the share whole and checks every byte. */
  async check(breath: Breath): Promise<void> {
    await this.#checkUnhashed(breath);
    await this.#crypttextTree.verify(0, breath);
    for (let segment = 0; segment < this.shape.segments; segment++) {
      await breath.after((await this.block(segment)).length, 1);
    }
    await this.#blockTree.verify(this.shape.segments, breath);
  }

  /**
   * What no hash covers and no download needs, and yet has one right value: the header's every field, the
   * length, and the zeros where plaintext hashes once stood.
   */
  async #checkUnhashed(breath: Breath): Promise<void> {
    const expected = layoutFor(this.shape, this.layout.version);
    if (!equal(packHeader(this.layout), packHeader(expected))) throw new ShareFault('its header is corrupt');
    if (this.source.size !== shareLength(expected, this.uebBytes.length)) throw new ShareFault('bytes follow its end');
    if (this.ueb.hasPlaintextHashes) return;
    for (let at = expected.plaintextHashes; at < expected.crypttextHashes; at += ZEROS.length) {
      const bytes = await readFrom(this.source, at, Math.min(ZEROS.length, expected.crypttextHashes - at));
      if (!equal(bytes, ZEROS.subarray(0, bytes.length))) throw new ShareFault('its unused region is not all zeros');
      await breath.after(bytes.length);
    }
  }
}
