import { invariant } from '../../util/errors.js';

/*
 * A bond that has signed nothing while 20 blocks were expected of it leaves later snapshots (PROTOCOL §7): so stake
 * that went away cannot stall the chain for long. Who is there signs none of 20 with a probability of e^-20.
 */

/** Expected blocks are counted in units of 2^-32 block. */
export const BLOCK: bigint = 1n << 32n;
const ABSENT_AFTER = 20n * BLOCK;

/** Blocks expected of a threshold (threshold.ts) in so many slots: ⌊slots · T / 2^256⌋, in units of 2^-32. */
export function expectedBlocks(threshold: bigint, slots: number): bigint {
  invariant(threshold >= 0n && slots >= 0, 'thresholds and times are not negative');
  return (threshold * BigInt(slots)) >> 224n;
}

/** What was expected of a bond since it last signed, at the end of an epoch. */
export function missedSince(missed: bigint, expected: bigint, signed: boolean): bigint {
  return signed ? 0n : missed + expected;
}

export function isAbsent(missed: bigint): boolean {
  return missed >= ABSENT_AFTER;
}
