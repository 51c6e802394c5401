import { equal } from '../util/bytes.js';
import { Breath } from './breath.js';
import type { ChkCap, VerifyCap } from './caps.js';
import { ShareFault } from './fault.js';
import { blockHasher, HASH_BYTES, hashBlock, hashUeb, sha256d } from './hashutil.js';
import { type Holding, holdingFor, isWide, stripsOf } from './holding.js';
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
  readonly #breath = new Breath();
  /** Of the last wide block that was verified: what each of its strips hashes to. */
  #strips: { segment: number; holding: Holding; digests: Uint8Array[] } | undefined;

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

  /** A part of a block too large to hold, its place as `stripsOf` has it. The whole block is verified first, once. */
  async strip(segment: number, at: number, holding: Holding): Promise<Uint8Array> {
    if (this.#strips?.segment !== segment || this.#strips.holding !== holding) {
      this.#strips = { segment, holding, digests: await this.#survey(segment, holding) };
    }
    const strip = await this.#readStrip(segment, at, Math.min(holding.strip, blockLength(this.shape, segment) - at));
    if (!equal(sha256d(strip), this.#strips.digests[at / holding.strip]!)) {
      throw new ShareFault(`block ${segment} changed while it was read`);
    }
    return strip;
  }

  /** What the segment's ciphertext hashes to. */
  crypttextLeaf(segment: number): Promise<Uint8Array> {
    return this.#crypttextTree.leaf(segment);
  }

  /** Reads the share whole and checks every byte. */
  async check(): Promise<void> {
    await this.#checkUnhashed();
    await this.#crypttextTree.verify(0, this.#breath);
    const holding = holdingFor(this.shape);
    for (let segment = 0; segment < this.shape.segments; segment++) {
      if (isWide(this.shape, segment, holding)) await this.#survey(segment, holding);
      else await this.#breath.after((await this.block(segment)).length, 1);
    }
    await this.#blockTree.verify(this.shape.segments, this.#breath);
  }

  /** Verifies a block strip by strip; what each strip hashes to. */
  async #survey(segment: number, holding: Holding): Promise<Uint8Array[]> {
    const leaf = await this.#blockTree.leaf(segment);
    const hasher = blockHasher();
    const digests: Uint8Array[] = [];
    for (const { at, size } of stripsOf(this.shape, segment, holding)) {
      const strip = await this.#readStrip(segment, at, size);
      hasher.update(strip);
      digests.push(sha256d(strip));
      await this.#breath.after(2 * size);
    }
    if (!equal(hasher.digest(), leaf)) throw new ShareFault(`block ${segment} is corrupt`);
    return digests;
  }

  #readStrip(segment: number, at: number, size: number): Promise<Uint8Array> {
    return readFrom(this.source, this.layout.data + segment * this.shape.blockSize + at, size);
  }

  /**
   * What no hash covers and no download needs, and yet has one right value: the header's every field, the
   * length, and the zeros where plaintext hashes once stood.
   */
  async #checkUnhashed(): Promise<void> {
    const expected = layoutFor(this.shape, this.layout.version);
    if (!equal(packHeader(this.layout), packHeader(expected))) throw new ShareFault('its header is corrupt');
    if (this.source.size !== shareLength(expected, this.uebBytes.length)) throw new ShareFault('bytes follow its end');
    if (this.ueb.hasPlaintextHashes) return;
    for (let at = expected.plaintextHashes; at < expected.crypttextHashes; at += ZEROS.length) {
      const bytes = await readFrom(this.source, at, Math.min(ZEROS.length, expected.crypttextHashes - at));
      if (!equal(bytes, ZEROS.subarray(0, bytes.length))) throw new ShareFault('its unused region is not all zeros');
      await this.#breath.after(bytes.length);
    }
  }
}
