import { Failure } from '../util/errors.js';

/** A file of at most this many bytes travels in its cap (immutable.upload, URI_LIT_SIZE_THRESHOLD). */
export const LIT_MAX_BYTES = 55;
export const DEFAULT_SEGMENT_BYTES = 1_048_576;
/** Shares are numbered in a byte by zfec. */
export const SHARES_MAX = 256;

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
