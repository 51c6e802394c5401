import { equal } from '../util/bytes.js';
import type { ChkCap, VerifyCap } from './caps.js';
import { hashBlock, hashUeb } from './hashutil.js';
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
import { HashTree, leafFromChain } from './merkle.js';
import { blockLength, type Shape } from './shape.js';
import type { ByteSource } from './source.js';
import { readUeb, UEB_BYTES_LIMIT, type Ueb } from './ueb.js';

/** A share that is corrupt, cut short, of another file, or unreadable. The message says which, for the operator. */
export class ShareFault extends Error {}

/** More entries than any tree of shares has: a chain is bounded before it is read. */
const CHAIN_ENTRIES_MAX = 64;
const SCAN_BYTES = 1 << 20;

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
 * chain, each block by the tree (immutable.downloader.share). Every method throws ShareFault.
 */
export class ShareReader {
  private constructor(
    readonly share: number,
    readonly source: ByteSource,
    readonly layout: Layout,
    readonly uebBytes: Uint8Array,
    readonly ueb: Ueb,
    private readonly blockTree: HashTree,
  ) {}

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

    const blockTree = new HashTree(ueb.shape.segments, await readFrom(source, layout.blockHashes, ueb.shape.treeSize));
    if (!blockTree.verify(root)) throw new ShareFault('its block hashes do not match the cap');
    return new ShareReader(share, source, layout, uebBytes, ueb, blockTree);
  }

  get shape(): Shape {
    return this.ueb.shape;
  }

  async block(segment: number): Promise<Uint8Array> {
    const at = this.layout.data + segment * this.shape.blockSize;
    const block = await readFrom(this.source, at, blockLength(this.shape, segment));
    if (!equal(hashBlock(block), this.blockTree.leaf(segment))) throw new ShareFault(`block ${segment} is corrupt`);
    return block;
  }

  async crypttextTree(): Promise<HashTree> {
    const bytes = await readFrom(this.source, this.layout.crypttextHashes, this.shape.treeSize);
    const tree = new HashTree(this.shape.segments, bytes);
    if (!tree.verify(this.ueb.crypttextRoot)) throw new ShareFault('its crypttext hashes do not match the cap');
    return tree;
  }

  /**
   * What no hash covers and no download needs, and yet has one right value: the header's every field, the
   * length, and the zeros where plaintext hashes once stood.
   */
  async checkUnhashed(): Promise<void> {
    const expected = layoutFor(this.shape, this.layout.version);
    if (!equal(packHeader(this.layout), packHeader(expected))) throw new ShareFault('its header is corrupt');
    if (this.source.size !== shareLength(expected, this.uebBytes.length)) throw new ShareFault('bytes follow its end');
    if (this.ueb.hasPlaintextHashes) return;
    for (let at = expected.plaintextHashes; at < expected.crypttextHashes; at += SCAN_BYTES) {
      const bytes = await readFrom(this.source, at, Math.min(SCAN_BYTES, expected.crypttextHashes - at));
      if (bytes.some((byte) => byte !== 0)) throw new ShareFault('its unused region is not all zeros');
    }
  }
}
