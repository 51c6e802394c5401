import { fromBigIntLE, toBigIntLE } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { L } from './ed25519.js';
import { clearCofactor, reduceScalar } from './group.js';
import { sha512 } from './hash.js';

/**
 * The steps of ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381 §5.5, suite 0x03), with its names: qLen 32, cLen 16 and
 * ptLen 32 bytes, integers and points little-endian.
 */
const SUITE = 0x03;
const POINT_BYTES = 32;
const CHALLENGE_BYTES = 16;

export const PROOF_BYTES: number = POINT_BYTES + CHALLENGE_BYTES + 32;

/** Far above what a ledger hashes; the RFC sets no bound. */
export const ALPHA_BYTES_MAX = 1024;

const BACK = Uint8Array.of(0x00);
const front = (domain: number) => Uint8Array.of(SUITE, domain);

/**
 * §5.4.1.1, try and increment: hashes until one is a point on the curve, and takes its multiple by the cofactor.
 * It tries twice on average; all 256 fail with a probability of 2^-256. Its time tells alpha, which is no secret.
 */
export function encodeToCurve(salt: Uint8Array, alpha: Uint8Array): { ctr: number; h: Uint8Array } {
  invariant(alpha.length <= ALPHA_BYTES_MAX, `a VRF input is at most ${ALPHA_BYTES_MAX} bytes`);
  for (let ctr = 0; ctr < 256; ctr++) {
    const hash = sha512(front(0x01), salt, alpha, Uint8Array.of(ctr), BACK);
    const h = clearCofactor(hash.subarray(0, POINT_BYTES));
    if (h) return { ctr, h };
  }
  throw new Error('no hash of 256 is a point');
}

/** §5.4.2.2, as RFC 8032 draws its nonce: from the half of the hashed secret that is no scalar. 32 bytes. */
export function generateNonce(prefix: Uint8Array, h: Uint8Array): Uint8Array {
  return reduceScalar(sha512(prefix, h));
}

/** §5.4.3: the five points Y, H, Γ, U, V hashed; 16 bytes. */
export function generateChallenge(points: readonly [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]) {
  return sha512(front(0x02), ...points, BACK).subarray(0, CHALLENGE_BYTES);
}

/** §5.2, steps 4 to 7: the output for a Γ; 64 bytes. undefined: Γ is no point, or of small order. */
export function hashOfGamma(gamma: Uint8Array): Uint8Array | undefined {
  const cleared = clearCofactor(gamma);
  return cleared && sha512(front(0x03), cleared, BACK);
}

export interface Proof {
  gamma: Uint8Array;
  /** 16 bytes, as they stand in the proof. */
  c: Uint8Array;
  /** 32 bytes, below L. */
  s: Uint8Array;
}

/** §5.4.4. undefined: a length that is not 80, or an s that is not reduced. Γ is decoded by who computes with it. */
export function decodeProof(pi: Uint8Array): Proof | undefined {
  if (pi.length !== PROOF_BYTES) return undefined;
  const s = pi.subarray(POINT_BYTES + CHALLENGE_BYTES);
  if (toBigIntLE(s) >= L) return undefined;
  return { gamma: pi.subarray(0, POINT_BYTES), c: pi.subarray(POINT_BYTES, POINT_BYTES + CHALLENGE_BYTES), s };
}

/** A challenge as the scalar it is. */
export function scalarOfChallenge(c: Uint8Array): Uint8Array {
  const scalar = new Uint8Array(32);
  scalar.set(c);
  return scalar;
}

/** §5.1, step 8: s = (k + c·x) mod L. */
export function respond(k: Uint8Array, c: Uint8Array, x: Uint8Array): Uint8Array {
  return fromBigIntLE((toBigIntLE(k) + toBigIntLE(c) * toBigIntLE(x)) % L, 32);
}
