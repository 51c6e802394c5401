import { ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '../../src/lib/crypto/hash.js';
import { concat, equal, fromBigIntLE, toBigIntLE } from '../../src/lib/util/bytes.js';

/**
 * RFC 9381 §5 once more, word for word on noble's points: what the ledger's code is compared with, and what makes
 * the proofs that no honest prover would.
 */
export const { Point } = ed25519;
export const L = Point.Fn.ORDER;
export type PlainPoint = InstanceType<typeof Point>;

const hash = (domain: number, ...parts: Uint8Array[]) =>
  sha512(Uint8Array.of(3, domain), ...parts, Uint8Array.of(0x00));

export function stringToPoint(bytes: Uint8Array): PlainPoint | undefined {
  try {
    return Point.fromBytes(bytes);
  } catch {
    return undefined;
  }
}

const times = (n: bigint, p: PlainPoint) => p.multiplyUnsafe(((n % L) + L) % L);

export function plainEncodeToCurve(y: Uint8Array, alpha: Uint8Array): PlainPoint {
  for (let ctr = 0; ctr < 256; ctr++) {
    const found = stringToPoint(hash(1, y, alpha, Uint8Array.of(ctr)).subarray(0, 32))?.clearCofactor();
    if (found && !found.is0()) return found;
  }
  throw new Error('no point');
}

export function plainChallenge(...points: [PlainPoint, PlainPoint, PlainPoint, PlainPoint, PlainPoint]): bigint {
  return toBigIntLE(hash(2, ...points.map((point) => point.toBytes())).subarray(0, 16));
}

export function plainBeta(gamma: PlainPoint): Uint8Array {
  return hash(3, gamma.clearCofactor().toBytes());
}

export function encodePi(gamma: PlainPoint, c: bigint, s: bigint): Uint8Array {
  return concat(gamma.toBytes(), fromBigIntLE(c, 16), fromBigIntLE(s, 32));
}

/** §5.3; `validate` is its validate_key. */
export function plainVerify(
  pk: Uint8Array,
  alpha: Uint8Array,
  pi: Uint8Array,
  validate = true,
): Uint8Array | undefined {
  const y = stringToPoint(pk);
  if (!y || (validate && y.clearCofactor().is0())) return undefined;
  const gamma = stringToPoint(pi.subarray(0, 32));
  const s = toBigIntLE(pi.subarray(48, 80));
  if (!gamma || s >= L) return undefined;
  const c = toBigIntLE(pi.subarray(32, 48));
  const h = plainEncodeToCurve(pk, alpha);
  // A torsion part of y or Γ feels c itself, not c mod L.
  const u = times(s, Point.BASE).subtract(y.multiplyUnsafe(c));
  const v = times(s, h).subtract(gamma.multiplyUnsafe(c));
  const expected = fromBigIntLE(plainChallenge(y, h, gamma, u, v), 16);
  return equal(expected, pi.subarray(32, 48)) ? plainBeta(gamma) : undefined;
}

/** A proof with any nonce, secret scalar and Γ: s is chosen so that an honest Γ = x·H verifies. */
export function forge(pk: Uint8Array, alpha: Uint8Array, x: bigint, k: bigint, gamma?: PlainPoint) {
  const h = plainEncodeToCurve(pk, alpha);
  const own = gamma ?? times(x, h);
  const c = plainChallenge(Point.fromBytes(pk), h, own, times(k, Point.BASE), times(k, h));
  return { c, gamma: own, pi: encodePi(own, c, (k + c * x) % L) };
}
