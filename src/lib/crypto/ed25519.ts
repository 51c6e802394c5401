import sodium from 'sodium-native';
import { fromBigIntLE, toHex } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

/** The field's prime, 2^255 − 19, and the order of the base point (RFC 8032 §5.1). */
export const P = (1n << 255n) - 19n;
export const L = (1n << 252n) + 27742317777372353535851937790883648493n;

/** The y of the points of small order, sign bit clear: orders 4, 1 and 2, the two of order 8, and p, p + 1 for 0, 1. */
const SMALL_ORDER = new Set([
  ...[0n, 1n, P - 1n, P, P + 1n].map((y) => toHex(fromBigIntLE(y, 32))),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);

/** Their first two bytes: others need no closer look, and that is nearly all. */
const SMALL_ORDER_STARTS = new Set([...SMALL_ORDER].map((hex) => Number.parseInt(hex.slice(0, 4), 16)));

const P_LE = fromBigIntLE(P, 32);
const L_LE = fromBigIntLE(L, 32);

/** a ≥ b, both little-endian and of equal length, beginning with `top` in place of a's last byte. */
function atLeast(a: Uint8Array, b: Uint8Array, top: number): boolean {
  if (top !== b[31]!) return top > b[31]!;
  for (let i = 30; i >= 0; i -= 1) if (a[i] !== b[i]) return a[i]! > b[i]!;
  return true;
}

/** Whether a point's encoding is one the ledger may look at: y below p, and none of the small orders. */
export function isAdmissiblePoint(encoded: Uint8Array): boolean {
  if (encoded.length !== 32) return false;
  const top = encoded[31]! & 0x7f;
  if (atLeast(encoded, P_LE, top)) return false;
  if (!SMALL_ORDER_STARTS.has((encoded[0]! << 8) | encoded[1]!)) return true;
  const masked = Uint8Array.from(encoded);
  masked[31] = top;
  return !SMALL_ORDER.has(toHex(masked));
}

/**
 * The half of the ledger's rule that libraries and Node.js versions disagree about, stated here so that
 * no library decides it: A and R admissible, S below L. With this, every cofactorless verifier agrees
 * (tried on the 926 published edge cases).
 */
export function isAdmissible(signature: Uint8Array, publicKey: Uint8Array): boolean {
  if (signature.length !== 64 || publicKey.length !== 32) return false;
  const s = signature.subarray(32);
  return !atLeast(s, L_LE, s[31]!) && isAdmissiblePoint(signature.subarray(0, 32)) && isAdmissiblePoint(publicKey);
}

/**
 * The ledger's verdict on a signature: libsodium's, cofactorless. False, never a throw, for whatever is
 * malformed. About 60 µs; at volume call it from a worker.
 */
export function verifySignature(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  if (!isAdmissible(signature, publicKey)) return false;
  return sodium.crypto_sign_verify_detached(signature, message, publicKey);
}

function keyPair(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  invariant(seed.length === 32, 'an Ed25519 seed is 32 bytes');
  const publicKey = new Uint8Array(32);
  const secretKey = new Uint8Array(64);
  sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed);
  return { publicKey, secretKey };
}

/** The public key of a 32-byte seed (RFC 8032 §5.1.5). */
export function publicFromSeed(seed: Uint8Array): Uint8Array {
  return keyPair(seed).publicKey;
}

/** A 64-byte signature under a seed (RFC 8032 §5.1.6): the same each time. */
export function signWithSeed(seed: Uint8Array, message: Uint8Array): Uint8Array {
  const { secretKey } = keyPair(seed);
  const signature = new Uint8Array(64);
  sodium.crypto_sign_detached(signature, message, secretKey);
  return signature;
}
