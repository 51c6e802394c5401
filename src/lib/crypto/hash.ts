import { createHash, createHmac, hkdfSync } from 'node:crypto';
import { utf8 } from '../util/bytes.js';

/** Plain Uint8Arrays come out, never Buffers: the two differ under deep equality and under slice(). */
function digest(algorithm: 'sha256' | 'sha512', parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** SHA-256 of the parts, one after the other: 32 bytes. Callers keep the parts' lengths unambiguous. */
export function sha256(...parts: Uint8Array[]): Uint8Array {
  return digest('sha256', parts);
}

/** SHA-512 of the parts, one after the other: 64 bytes. */
export function sha512(...parts: Uint8Array[]): Uint8Array {
  return digest('sha512', parts);
}

/** HMAC-SHA256 (RFC 2104) of the parts, one after the other: 32 bytes. */
export function hmacSha256(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha256', key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** HMAC-SHA512 (RFC 2104) of the parts, one after the other: 64 bytes. */
export function hmacSha512(key: Uint8Array, ...parts: Uint8Array[]): Uint8Array {
  const hmac = createHmac('sha512', key);
  for (const part of parts) hmac.update(part);
  return new Uint8Array(hmac.digest());
}

/** HKDF-SHA256 (RFC 5869): `length` bytes, at most 255 · 32. */
export function hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: string, length: number): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', ikm, salt, utf8(info), length));
}

const prefixes = new Map<string, Uint8Array>();

/** SHA-256(SHA-256(tag) ‖ SHA-256(tag) ‖ parts), as in BIP340: one use's hashes are never another's. */
export function taggedHash(tag: string, ...parts: Uint8Array[]): Uint8Array {
  let prefix = prefixes.get(tag);
  if (!prefix) {
    prefix = sha256(utf8(tag));
    prefixes.set(tag, prefix);
  }
  return sha256(prefix, prefix, ...parts);
}
