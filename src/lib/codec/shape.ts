import { invariant } from '../util/errors.js';
import { treeBytes } from './merkle.js';
import { checkParams, DEFAULT_SEGMENT_BYTES, type EncodeParams } from './params.js';

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

/** The shape of a file to be encoded; more than 55 bytes. Throws Failure('usage'). */
export function shapeFor(params: EncodeParams, size: number): Shape {
  checkParams(params);
  const { needed, total, segmentSize = DEFAULT_SEGMENT_BYTES } = params;
  const effective = effectiveSegmentSize(needed, size, segmentSize);
  return shapeOf(needed, total, size, effective);
}
