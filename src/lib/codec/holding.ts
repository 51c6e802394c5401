import { blockLength, type Shape, segmentLength } from './shape.js';

/** How much of a segment is in memory at once, in bytes. */
export interface Holding {
  /** Segments up to this size are held whole; larger ones are gone over strip by strip, more than once. */
  segment: number;
  /** Of each piece and block of a larger one. */
  strip: number;
}

const SEGMENT_BYTES = 32 << 20;
const STRIPS_BYTES = 16 << 20;
const STRIP_BYTES_MIN = 64 << 10;
const STRIP_BYTES_MAX = 1 << 20;

export function holdingFor({ total }: { total: number }): Holding {
  const strip = Math.min(STRIP_BYTES_MAX, Math.max(STRIP_BYTES_MIN, Math.floor(STRIPS_BYTES / total)));
  return { segment: SEGMENT_BYTES, strip };
}

/** Whether a segment is too large to be held. */
export function isWide(shape: Shape, segment: number, holding: Holding = holdingFor(shape)): boolean {
  return segmentLength(shape, segment) > holding.segment;
}

/** Where the strips of a wide segment's pieces and blocks begin, and how long each is. */
export function* stripsOf(shape: Shape, segment: number, { strip }: Holding): Generator<{ at: number; size: number }> {
  const length = blockLength(shape, segment);
  for (let at = 0; at < length; at += strip) yield { at, size: Math.min(strip, length - at) };
}
