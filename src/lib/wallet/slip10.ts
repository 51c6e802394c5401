import { hmacSha512 } from '../crypto/hash.js';
import { concat, u32be, utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

const HARDENED = 0x8000_0000;

/** A node of the tree: an Ed25519 seed and a chain code, 32 bytes each. */
export interface ExtendedKey {
  readonly key: Uint8Array;
  readonly chainCode: Uint8Array;
}

function split(bytes: Uint8Array): ExtendedKey {
  return { key: bytes.slice(0, 32), chainCode: bytes.slice(32) };
}

/** SLIP-0010, "Master key generation", for the curve ed25519. */
export function masterKey(seed: Uint8Array): ExtendedKey {
  return split(hmacSha512(utf8('ed25519 seed'), seed));
}

/** SLIP-0010, "Private parent key → private child key": for ed25519 every step is hardened. */
export function deriveChild(parent: ExtendedKey, index: number): ExtendedKey {
  invariant(Number.isInteger(index) && index >= 0 && index < HARDENED, `not a derivation index: ${index}`);
  return split(hmacSha512(parent.chainCode, Uint8Array.of(0), parent.key, u32be(HARDENED + index)));
}

/** m/a'/b'/… from a seed of 16 to 64 bytes. */
export function derivePath(seed: Uint8Array, path: readonly number[]): ExtendedKey {
  return path.reduce(deriveChild, masterKey(seed));
}

/** SLIP-0010 writes public keys with a zero byte before them, 33 in all. */
export function serializePublicKey(publicKey: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0), publicKey);
}
