import { concat, equal } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { multiply, multiplyBase, subtract } from './group.js';
import { sha512 } from './hash.js';
import { isValidPoint } from './scalar.js';
import {
  ALPHA_BYTES_MAX,
  decodeProof,
  encodeToCurve,
  generateChallenge,
  generateNonce,
  hashOfGamma,
  respond,
  scalarOfChallenge,
} from './vrf-steps.js';

/*
 * A verifiable random function, ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381 §5): who holds the secret computes for an
 * input one output, beta, and proves it; nobody else can tell beta from noise before.
 *
 * Stricter than the RFC in one point: the public key and Γ must be of prime order, where the RFC only refuses keys
 * of small order. The output is the same either way, since the cofactor is cleared; and no honest prover makes the
 * others.
 */

/** A secret key, expanded: made once, used for every slot. */
export interface SecretParts {
  /** The clamped scalar, 32 bytes. */
  x: Uint8Array;
  /** What nonces are drawn from, 32 bytes. */
  prefix: Uint8Array;
  /** The public key, 32 bytes. */
  y: Uint8Array;
}

/** §5.5: a secret key of 32 bytes is expanded as RFC 8032 §5.1.5 does, so its public key is an Ed25519 key. */
export function expandSecret(secret: Uint8Array): SecretParts {
  invariant(secret.length === 32, 'a VRF secret is 32 bytes');
  const hashed = sha512(secret);
  const x = hashed.subarray(0, 32);
  x[0]! &= 0xf8;
  x[31] = (x[31]! & 0x7f) | 0x40;
  const y = multiplyBase(x);
  invariant(y, 'a clamped scalar has a public key');
  return { x, prefix: hashed.subarray(32), y };
}

/** 32 bytes. */
export function vrfPublicKey(secret: Uint8Array): Uint8Array {
  return expandSecret(secret).y;
}

/** §5.4.5 and more: canonical, on the curve, of prime order. What a bond's key must be. */
export function validateKey(publicKey: Uint8Array): boolean {
  return isValidPoint(publicKey);
}

function gammaOf({ x, y }: SecretParts, alpha: Uint8Array): { h: Uint8Array; gamma: Uint8Array } {
  const { h } = encodeToCurve(y, alpha);
  const gamma = multiply(x, h);
  invariant(gamma, 'a multiple of a point of prime order');
  return { h, gamma };
}

/** §5.1: the proof, 80 bytes, the same each time. alpha is at most 1,024 bytes. */
export function prove(secret: Uint8Array, alpha: Uint8Array): Uint8Array {
  const parts = expandSecret(secret);
  const { h, gamma } = gammaOf(parts, alpha);
  const k = generateNonce(parts.prefix, h);
  const [u, v] = [multiplyBase(k), multiply(k, h)];
  invariant(u && v, 'a nonce is not zero');
  const c = generateChallenge([parts.y, h, gamma, u, v]);
  return concat(gamma, c, respond(k, c, parts.x));
}

/** The output alone, 64 bytes: half of what a proof costs, for looking whether a slot is one's own. */
export function evaluate(parts: SecretParts, alpha: Uint8Array): Uint8Array {
  const beta = hashOfGamma(gammaOf(parts, alpha).gamma);
  invariant(beta, 'Γ is of prime order');
  return beta;
}

/** §5.2: the output of a proof that was verified, 64 bytes. undefined: no proof. */
export function proofToHash(pi: Uint8Array): Uint8Array | undefined {
  const proof = decodeProof(pi);
  return proof && hashOfGamma(proof.gamma);
}

/** §5.3, with key validation: beta, 64 bytes, if pi proves it for this key and input, else undefined; never a throw. */
export function verify(publicKey: Uint8Array, alpha: Uint8Array, pi: Uint8Array): Uint8Array | undefined {
  const proof = decodeProof(pi);
  if (!proof || publicKey.length !== 32 || alpha.length > ALPHA_BYTES_MAX) return undefined;
  const { gamma, s } = proof;
  const c = scalarOfChallenge(proof.c);
  // Each multiplication validates its point, the key among them.
  const cy = multiply(c, publicKey);
  const cGamma = cy && multiply(c, gamma);
  if (!cGamma) return undefined;
  const { h } = encodeToCurve(publicKey, alpha);
  const [sb, sh] = [multiplyBase(s), multiply(s, h)];
  const u = sb && subtract(sb, cy);
  const v = sh && subtract(sh, cGamma);
  if (!u || !v || !equal(generateChallenge([publicKey, h, gamma, u, v]), proof.c)) return undefined;
  return hashOfGamma(gamma);
}
