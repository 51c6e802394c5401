import type { Params } from './params.js';

/**
 * ASERT (aserti3-2d, Bitcoin Cash's specification of 2020-11-15), in integers: the target moves by
 * 2^(lateness / half-life), where lateness is how far a block lies behind an even schedule from the
 * anchor. It depends on the parent alone: no window to game, and any node computes it from one header.
 */
const RADIX = 1n << 16n;

/**
 * @param anchor target at the anchor
 * @param lateness in 1/unit of `halfLife`'s unit: only the ratio counts
 * @param max the easiest target
 */
export function asert(anchor: bigint, lateness: bigint, halfLife: bigint, max: bigint): bigint {
  // Truncated toward zero, as the reference implementation does.
  const exponent = (lateness * RADIX) / halfLife;
  const shifts = exponent >> 16n;
  const frac = exponent - (shifts << 16n);
  const factor =
    RADIX + ((195_766_423_245_049n * frac + 971_821_376n * frac ** 2n + 5_127n * frac ** 3n + (1n << 47n)) >> 48n);
  // Beyond 2^±512 the result is clamped anyway; the bound keeps a hostile slot from asking for a huge shift.
  if (shifts > 512n) return max;
  if (shifts < -512n) return 1n;
  const wide = anchor * factor;
  const target = shifts >= 16n ? wide << (shifts - 16n) : wide >> (16n - shifts);
  if (target < 1n) return 1n;
  return target > max ? max : target;
}

export const MAX_TARGET = (1n << 256n) - 1n;

/** The target of the block after `parent`. The anchor is genesis, at slot 0. */
export function nextTarget(params: Params, parent: { height: number; slot: number }): bigint {
  const [num, den] = params.f;
  const lateness = BigInt(parent.slot) * BigInt(num) - BigInt(parent.height) * BigInt(den);
  const halfLife = BigInt(params.asertHalfLifeSlots) * BigInt(num);
  return asert(BigInt(`0x${params.firstTarget}`), lateness, halfLife, MAX_TARGET);
}

/** Hashes expected for one block: what the fork choice adds up. */
export function workOf(target: bigint): bigint {
  return (1n << 256n) / (target + 1n);
}
