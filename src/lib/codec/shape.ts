import { Failure, invariant } from '../util/errors.js';
import { treeBytes } from './merkle.js';

/** A file of at most this many bytes travels in its cap (immutable.upload, URI_LIT_SIZE_THRESHOLD). */
export const LIT_MAX_BYTES = 55;
export const DEFAULT_SEGMENT_BYTES = 1_048_576;
/** Shares are numbered in a byte by zfec. */
export const SHARES_MAX = 256;
/** A segment and its blocks are held in memory. */
const SEGMENT_BYTES_MAX = 1 << 30;

export interface EncodeParams {
  /** Any so many shares restore the file: k. */
  needed: number;
  /** Shares (on as many stewards) below which a file is unhappy; no byte depends on it. */
  happy: number;
  /** Shares made: N, at most 256. */
  total: number;
  /** Largest segment in bytes; 1 MiB where it is not given. */
  segmentSize?: number;
}

/** How a file is cut (immutable.encode); all sizes in bytes. */
export interface Shape {
  readonly needed: number;
  readonly total: number;
  /** Of the file, and of its ciphertext. */
  readonly size: number;
  /** The effective one: a multiple of `needed`. */
  readonly segmentSize: number;
  readonly segments: number;
  /** Ciphertext in the last segment, without padding. */
  readonly tailSize: number;
  readonly paddedTailSize: number;
  readonly blockSize: number;
  readonly tailBlockSize: number;
  /** All blocks of a share. */
  readonly dataSize: number;
  /** The crypttext tree, or one share's block tree. */
  readonly treeSize: number;
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}

export function segmentLength(shape: Shape, segment: number): number {
  return segment === shape.segments - 1 ? shape.tailSize : shape.segmentSize;
}

export function blockLength(shape: Shape, segment: number): number {
  return segment === shape.segments - 1 ? shape.tailBlockSize : shape.blockSize;
}

/** @param segmentSize the effective one; @param size at least 1 */
export function shapeOf(needed: number, total: number, size: number, segmentSize: number): Shape {
  invariant(size >= 1 && segmentSize >= 1 && segmentSize % needed === 0, 'impossible shape');
  const segments = Math.ceil(size / segmentSize);
  const tailSize = size % segmentSize || segmentSize;
  const paddedTailSize = roundUp(tailSize, needed);
  return {
    needed,
    total,
    size,
    segmentSize,
    segments,
    tailSize,
    paddedTailSize,
    blockSize: segmentSize / needed,
    tailBlockSize: paddedTailSize / needed,
    dataSize: Math.ceil(size / needed),
    treeSize: treeBytes(segments),
  };
}

export function effectiveSegmentSize(needed: number, size: number, segmentBytesMax: number): number {
  return roundUp(Math.min(segmentBytesMax, size), needed);
}

function whole(value: number, from: number, to: number): boolean {
  return Number.isSafeInteger(value) && value >= from && value <= to;
}

/** The parameters an operator may give. Throws Failure('usage'). */
export function checkParams(params: EncodeParams): void {
  const { needed, happy, total, segmentSize = DEFAULT_SEGMENT_BYTES } = params;
  if (!whole(needed, 1, total) || !whole(total, 1, SHARES_MAX)) {
    throw new Failure('usage', `not a way to share: ${needed} of ${total}`, `1 ≤ needed ≤ total ≤ ${SHARES_MAX}`);
  }
  if (!whole(happy, 1, total)) throw new Failure('usage', `happy is not between 1 and ${total}: ${happy}`);
  if (!whole(segmentSize, 1, Number.MAX_SAFE_INTEGER)) {
    throw new Failure('usage', `not a segment size: ${segmentSize}`, 'give it in bytes, at least 1');
  }
}

/** The shape of a file to be encoded; more than 55 bytes. Throws Failure('usage'). */
export function shapeFor(params: EncodeParams, size: number): Shape {
  checkParams(params);
  const { needed, total, segmentSize = DEFAULT_SEGMENT_BYTES } = params;
  const effective = effectiveSegmentSize(needed, size, segmentSize);
  if (effective > SEGMENT_BYTES_MAX) {
    throw new Failure('usage', `segments of ${effective} bytes do not fit in memory`, 'use at most 1 GiB');
  }
  return shapeOf(needed, total, size, effective);
}
