import { hmacSha256 } from '../crypto/hash.js';
import { readU32be, u32be, u64be, utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

const PROBE_TAG = utf8('holdfast/probe/v1');
/** What is fetched to see whether a steward serves: next to nothing for a steward that does. */
export const PROBE_BYTES = 64 * 1024;

/**
 * Where probe `i` of the deck dealt in a slot lies in its blob. Like a nonce it is known to nobody before it
 * is asked for, and asked for once: a steward that served it may have kept just that (threat 10).
 *
 * @param key `deckKey` of the blob
 */
export function probeRange(
  key: Uint8Array,
  dealSlot: number,
  i: number,
  blobLength: number,
): { offset: number; length: number } {
  invariant(Number.isSafeInteger(blobLength) && blobLength >= 0, `a blob of ${blobLength} bytes`);
  const length = Math.min(PROBE_BYTES, blobLength);
  const draw = hmacSha256(key, PROBE_TAG, u64be(dealSlot), u32be(i));
  const wide = (BigInt(readU32be(draw, 0)) << 32n) | BigInt(readU32be(draw, 4));
  return { offset: Number((wide * BigInt(blobLength - length + 1)) >> 64n), length };
}
