import { concat, readU16be, readU32be, readU64be, u16be, u32be, u64be } from '../util/bytes.js';
import { HASH_BYTES } from './hashutil.js';
import { chainLength, chainOrder, type HashTree } from './merkle.js';
import type { Shape } from './shape.js';

/** immutable.layout: version 1 counts in u32, version 2 in u64; else they are alike. */
export type LayoutVersion = 1 | 2;

const FIELD_BYTES = { 1: 4, 2: 8 } as const;
/** Block size, data size and six offsets after the version. */
const FIELDS = 8;
const U32_LIMIT = 2 ** 32;
export const CHAIN_ENTRY_BYTES = 2 + HASH_BYTES;
/** The longer of the two headers. */
export const HEADER_BYTES_MAX = 4 + FIELDS * 8;

/** Where things stand in a share, in bytes from its start. */
export interface Layout {
  readonly version: LayoutVersion;
  readonly blockSize: number;
  readonly dataSize: number;
  readonly data: number;
  readonly plaintextHashes: number;
  readonly crypttextHashes: number;
  readonly blockHashes: number;
  readonly shareHashes: number;
  /** The block's length; its bytes follow. */
  readonly ueb: number;
}

function place(shape: Shape, version: LayoutVersion): Layout {
  const data = 4 + FIELDS * FIELD_BYTES[version];
  const plaintextHashes = data + shape.dataSize;
  const crypttextHashes = plaintextHashes + shape.treeSize;
  const blockHashes = crypttextHashes + shape.treeSize;
  const shareHashes = blockHashes + shape.treeSize;
  const ueb = shareHashes + chainLength(shape.total) * CHAIN_ENTRY_BYTES;
  const { blockSize, dataSize } = shape;
  return { version, blockSize, dataSize, data, plaintextHashes, crypttextHashes, blockHashes, shareHashes, ueb };
}

/** The layout a writer gives a share: version 1 wherever its fields can count that far. */
export function layoutFor(shape: Shape, version?: LayoutVersion): Layout {
  if (version) return place(shape, version);
  const layout = place(shape, 1);
  const wide = layout.blockSize >= U32_LIMIT || layout.dataSize >= U32_LIMIT || layout.ueb >= U32_LIMIT;
  return wide ? place(shape, 2) : layout;
}

export function shareLength(layout: Layout, uebLength: number): number {
  return layout.ueb + FIELD_BYTES[layout.version] + uebLength;
}

function field(layout: Layout, value: number): Uint8Array {
  return layout.version === 1 ? u32be(value) : u64be(value);
}

export function packHeader(layout: Layout): Uint8Array {
  const { blockSize, dataSize, data, plaintextHashes, crypttextHashes, blockHashes, shareHashes, ueb } = layout;
  const values = [blockSize, dataSize, data, plaintextHashes, crypttextHashes, blockHashes, shareHashes, ueb];
  return concat(u32be(layout.version), ...values.map((value) => field(layout, value)));
}

export function packUebField(layout: Layout, ueb: Uint8Array): Uint8Array {
  return concat(field(layout, ueb.length), ueb);
}

/** The share-hash chain of one share: `u16 node ‖ hash`, in Tahoe's order. */
export function packChain(shareTree: HashTree, share: number): Uint8Array {
  const entries = chainOrder(shareTree.leaves, share).map((node) => concat(u16be(node), shareTree.node(node)));
  return concat(...entries);
}

/** Undefined where the region is no whole number of entries, or a node comes twice. */
export function unpackChain(bytes: Uint8Array): Map<number, Uint8Array> | undefined {
  if (bytes.length % CHAIN_ENTRY_BYTES !== 0) return undefined;
  const chain = new Map<number, Uint8Array>();
  for (let at = 0; at < bytes.length; at += CHAIN_ENTRY_BYTES) {
    chain.set(readU16be(bytes, at), bytes.subarray(at + 2, at + CHAIN_ENTRY_BYTES));
  }
  return chain.size === bytes.length / CHAIN_ENTRY_BYTES ? chain : undefined;
}

function readField(bytes: Uint8Array, offset: number, version: LayoutVersion): number {
  return version === 1 ? readU32be(bytes, offset) : Number(readU64be(bytes, offset));
}

/**
 * The first HEADER_BYTES_MAX bytes of a share, or all it has. A string says what is wrong: another version, or a
 * header cut short. Offsets are as they were found; whoever follows them checks them against the share's size.
 */
export function unpackHeader(bytes: Uint8Array): Layout | string {
  if (bytes.length < 4) return 'it is cut short';
  const version = readU32be(bytes, 0);
  if (version !== 1 && version !== 2) return 'its layout version is neither 1 nor 2';
  const width = FIELD_BYTES[version];
  if (bytes.length < 4 + FIELDS * width) return 'it is cut short';
  const at = (index: number) => readField(bytes, 4 + index * width, version);
  return {
    version,
    blockSize: at(0),
    dataSize: at(1),
    data: at(2),
    plaintextHashes: at(3),
    crypttextHashes: at(4),
    blockHashes: at(5),
    shareHashes: at(6),
    ueb: at(7),
  };
}

export function uebLengthBytes(version: LayoutVersion): number {
  return FIELD_BYTES[version];
}

export function readUebLength(bytes: Uint8Array, version: LayoutVersion): number {
  return readField(bytes, 0, version);
}
