import { taggedHash } from '../../crypto/hash.js';
import { toBigInt } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';

/** 1, as fractions of 256 bits count it. */
export const ONE: bigint = 1n << 256n;

/** The terms of the exponential's series, 1 the first of them. Their number is a rule: test/vectors/threshold.json. */
const TERMS = 64n;

/**
 * 2^256 · exp(−y / 2^256): the series' terms from the one before, y^i / i!, each truncated toward zero, which is
 * what a bigint's division does. Off by a few units for y up to 1.4 · 2^256, where the 65th term is below one.
 */
function exponential(y: bigint): bigint {
  let term = ONE;
  let sum = ONE;
  for (let i = 1n; i < TERMS && term !== 0n; i++) {
    term = (term * -y) / (i * ONE);
    sum += term;
  }
  return sum;
}

/**
 * T(σ), Praos' φ(σ) = 1 − (1 − f)^σ in units of 2^-256, σ = stake / total: PROTOCOL §7. Below it a hash wins a slot.
 * φ is independent of how stake is split: who runs ten bonds wins as often as who runs one.
 * @param constant C of the network's f (logarithm.ts)
 * @param stake grains, at most `total`
 */
export function leaderThreshold(constant: bigint, stake: bigint, total: bigint): bigint {
  invariant(stake >= 0n && stake <= total && total > 0n, 'a stake is part of the total');
  return ONE - exponential((constant * stake) / total);
}

/** Whether a VRF output, 64 bytes, wins the slot it was made for: H("L" ‖ β) < T, the hash tagged. */
export function isLeader(beta: Uint8Array, threshold: bigint): boolean {
  invariant(beta.length === 64, 'a VRF output is 64 bytes');
  return toBigInt(taggedHash('holdfast/leader/v1', beta)) < threshold;
}
