import { invariant } from '../../util/errors.js';

/** A whole and what is certain about it: the true value lies in [low, high). */
interface Bounds {
  low: bigint;
  high: bigint;
}

/**
 * 2^bits · ln(d / (d − n)), 0 < n < d, by 2·artanh(z) = 2·Σ z^(2i+1) / (2i+1) with z = n / (2d − n), in integers.
 * Every division drops less than one unit, and what follows the last term is less than a term may have lost: so
 * both bounds are proven.
 */
function logarithmBounds(n: bigint, d: bigint, bits: bigint): Bounds {
  const m = 2n * d - n;
  let power = (n << bits) / m;
  let sum = 0n;
  let terms = 0n;
  for (; power > 0n; terms++) {
    sum += power / (2n * terms + 1n);
    power = (power * n * n) / (m * m);
  }
  // A power has lost less than 1 / (1 − z²) units to its divisions, and the rest of the series is as small.
  const lost = 1n + (m * m) / (m * m - n * n);
  return { low: 2n * sum, high: 2n * (sum + (terms + 1n) * (lost + 1n)) };
}

/**
 * C = ⌊2^256 · −ln(1 − f)⌋ for f = numerator / denominator: PROTOCOL §7. Guard bits are added until both bounds
 * have the same floor; a logarithm of a rational is irrational, so they do at some point.
 */
export function leaderConstant([numerator, denominator]: readonly [number, number]): bigint {
  const [n, d] = [BigInt(numerator), BigInt(denominator)];
  invariant(n > 0n && n < d, 'f lies between 0 and 1');
  for (let guard = 64n; ; guard *= 2n) {
    const { low, high } = logarithmBounds(n, d, 256n + guard);
    if (low >> guard === high >> guard) return low >> guard;
  }
}
