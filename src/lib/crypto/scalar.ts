import { ed25519 } from '@noble/curves/ed25519.js';
import sodium from 'sodium-native';
import { concat, fromBigIntLE, toBigIntLE, utf8 } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import { isAdmissiblePoint, L } from './ed25519.js';
import { sha512 } from './hash.js';

export { L };

const { Point } = ed25519;

const SIGN_TAG = utf8('holdfast/sign/v1');

/** 64 hash bytes as a scalar: little-endian, mod L (the bias is below 2^-250). */
export function scalarFromHash(hash: Uint8Array): bigint {
  invariant(hash.length === 64, 'a scalar is made of 64 hash bytes');
  return toBigIntLE(hash) % L;
}

function checkScalar(scalar: bigint): void {
  invariant(scalar > 0n && scalar < L, 'a secret scalar lies in 1 … L − 1');
}

/**
 * s·B, 32 bytes. Raw scalars are not clamped, so keys add up as their scalars do. By libsodium: a tenth of noble's
 * time, which a deck of small blobs is mostly made of, and none of its 70 ms at the first use.
 */
export function pointOf(scalar: bigint): Uint8Array {
  checkScalar(scalar);
  const point = new Uint8Array(32);
  sodium.crypto_scalarmult_ed25519_base_noclamp(point, fromBigIntLE(scalar, 32));
  return point;
}

/** The sum mod L. A sum of zero has no key; `signRaw` and `pointOf` refuse it. */
export function addScalars(scalars: readonly bigint[]): bigint {
  return scalars.reduce((sum, scalar) => (sum + scalar) % L, 0n);
}

/**
 * Whether bytes are a public key that scalars can stand behind: canonical, on the curve, of prime order.
 * By libsodium, as the ledger's signatures are: 70 µs, a twelfth of what noble's `isTorsionFree` takes.
 */
export function isValidPoint(encoded: Uint8Array): boolean {
  return isAdmissiblePoint(encoded) && sodium.crypto_core_ed25519_is_valid_point(encoded);
}

/**
 * The sum of public keys, 32 bytes. Every one must be valid: a key with a small-order part would make
 * a sum nobody can sign for. Throws a Failure on one that isn't, and on a sum of zero.
 */
export function addPoints(points: readonly Uint8Array[]): Uint8Array {
  let sum = Point.ZERO;
  for (const encoded of points) {
    if (!isValidPoint(encoded)) throw new Failure('failure', 'not a public key');
    sum = sum.add(Point.fromBytes(encoded));
  }
  if (sum.is0()) throw new Failure('failure', 'the public keys add up to nothing');
  return sum.toBytes();
}

/**
 * An Ed25519 signature under a raw scalar, which any Ed25519 verifier takes. A raw scalar has no prefix
 * (RFC 8032 §5.1.6 step 2) to draw r from, and an r used twice gives the key away: so r is hashed from
 * the scalar, 32 fresh random bytes and the message. Poor randomness alone does not leak the key.
 */
export function signRaw(scalar: bigint, message: Uint8Array, random32: Uint8Array): Uint8Array {
  checkScalar(scalar);
  invariant(random32.length === 32, 'signing takes 32 random bytes');
  const r = scalarFromHash(sha512(SIGN_TAG, fromBigIntLE(scalar, 32), random32, message));
  const encodedR = pointOf(r);
  const k = scalarFromHash(sha512(encodedR, pointOf(scalar), message));
  return concat(encodedR, fromBigIntLE((r + k * scalar) % L, 32));
}
