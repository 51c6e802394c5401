import { concat, utf8 } from '../util/bytes.js';
import { HASH_BYTES, netstring } from './hashutil.js';
import { effectiveSegmentSize, type Shape, shapeOf } from './shape.js';

/** A reader refuses a block this long (immutable.layout), before it hashes it. */
export const UEB_BYTES_LIMIT = 2000;

export interface UebHashes {
  /** Of the whole ciphertext. */
  crypttextHash: Uint8Array;
  crypttextRoot: Uint8Array;
  shareRoot: Uint8Array;
}

/** What a reader needs of a URI extension block. */
export interface Ueb {
  readonly shape: Shape;
  readonly crypttextRoot: Uint8Array;
  readonly shareRoot: Uint8Array;
  /** Written by very old Tahoe versions only; then the share's plaintext hashes are not zeros. */
  readonly hasPlaintextHashes: boolean;
}

/** uri.pack_extension: keys in sorted order, `key:NS(value)`. */
export function packUeb(shape: Shape, hashes: UebHashes): Uint8Array {
  const { needed, total } = shape;
  const fields: Record<string, Uint8Array | string | number> = {
    codec_name: 'crs',
    codec_params: `${shape.segmentSize}-${needed}-${total}`,
    crypttext_hash: hashes.crypttextHash,
    crypttext_root_hash: hashes.crypttextRoot,
    needed_shares: needed,
    num_segments: shape.segments,
    segment_size: shape.segmentSize,
    share_root_hash: hashes.shareRoot,
    size: shape.size,
    tail_codec_params: `${shape.paddedTailSize}-${needed}-${total}`,
    total_shares: total,
  };
  const parts = Object.entries(fields).map(([key, value]) =>
    concat(utf8(`${key}:`), netstring(value instanceof Uint8Array ? value : utf8(`${value}`))),
  );
  return concat(...parts);
}

/** Its length depends on the shape alone. */
export function uebLength(shape: Shape): number {
  const blank = new Uint8Array(HASH_BYTES);
  return packUeb(shape, { crypttextHash: blank, crypttextRoot: blank, shareRoot: blank }).length;
}

/** uri.unpack_extension: undefined where the bytes are not `key:NS(value)` throughout, or a key comes twice. */
export function unpackUeb(bytes: Uint8Array): Map<string, Uint8Array> | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const fields = new Map<string, Uint8Array>();
  const head = /([^:]*):(0|[1-9]\d{0,3}):/y;
  let at = 0;
  while (at < text.length) {
    head.lastIndex = at;
    const match = head.exec(text);
    if (!match) return undefined;
    const start = head.lastIndex;
    const end = start + Number(match[2]);
    if (text[end] !== ',' || fields.has(match[1]!)) return undefined;
    fields.set(match[1]!, bytes.subarray(start, end));
    at = end + 1;
  }
  return fields;
}

function number(bytes: Uint8Array | undefined): number | undefined {
  const text = Buffer.from(bytes ?? []).toString('latin1');
  const value = /^(0|[1-9]\d*)$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) ? value : undefined;
}

function is32(bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes?.length === HASH_BYTES;
}

/**
 * Reads a block whose hash the cap has vouched for. k, N and the size are the cap's; of the rest, only what a
 * download uses is required, and what is there a second time must agree (immutable.downloader.node). Other
 * keys are let be. A string says what is wrong.
 */
export function readUeb(bytes: Uint8Array, cap: { needed: number; total: number; size: number }): Ueb | string {
  const fields = unpackUeb(bytes);
  if (!fields) return 'its URI extension block cannot be read';
  const crypttextRoot = fields.get('crypttext_root_hash');
  const shareRoot = fields.get('share_root_hash');
  const segmentSize = number(fields.get('segment_size'));
  if (!is32(crypttextRoot) || !is32(shareRoot) || segmentSize === undefined) {
    return 'its URI extension block lacks a field';
  }
  const codec = fields.get('codec_name');
  if (codec && Buffer.from(codec).toString('latin1') !== 'crs') return 'it is in a codec other than crs';
  const { needed, total, size } = cap;
  const largest = effectiveSegmentSize(needed, size, size);
  if (segmentSize < 1 || segmentSize % needed !== 0 || segmentSize > largest) return 'its segment size is impossible';
  const shape = shapeOf(needed, total, size, segmentSize);
  const said: [string, number][] = [
    ['size', size],
    ['num_segments', shape.segments],
  ];
  for (const [key, value] of said) {
    if (fields.has(key) && number(fields.get(key)) !== value)
      return `its URI extension block contradicts the cap: ${key}`;
  }
  return { shape, crypttextRoot, shareRoot, hasPlaintextHashes: fields.has('plaintext_root_hash') };
}
