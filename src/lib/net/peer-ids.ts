import { base58 } from '@scure/base';
import { concat } from '../util/bytes.js';
import { Failure } from '../util/errors.js';

/**
 * A peer id is the identity multihash of a protobuf public key (libp2p specs, peer-ids.md); for
 * Ed25519, the only kind spoken here, that is six fixed bytes and the key: 38 in all.
 */
const PREFIX = Uint8Array.of(0x00, 0x24, 0x08, 0x01, 0x12, 0x20);
export const PEER_ID_BYTES = PREFIX.length + 32;

export function isPeerId(bytes: Uint8Array): boolean {
  return bytes.length === PEER_ID_BYTES && PREFIX.every((byte, i) => bytes[i] === byte);
}

/** "12D3Koo…" to its 38 bytes; a usage Failure on anything else. */
export function peerIdBytes(text: string): Uint8Array {
  try {
    // 38 bytes are 52 digits of base58: longer text is not worth its quadratic decoding.
    const bytes = text.length <= 64 ? base58.decode(text) : PREFIX;
    if (isPeerId(bytes)) return bytes;
  } catch {
    // not base58: the same refusal
  }
  throw new Failure('usage', `not a peer id: ${text.slice(0, 64)}`);
}

/** The inverse; a usage Failure where the bytes are no Ed25519 peer id. */
export function peerIdFromBytes(bytes: Uint8Array): string {
  if (!isPeerId(bytes)) throw new Failure('usage', 'not the bytes of a peer id');
  return base58.encode(bytes);
}

/** publicKey: 32 bytes. */
export function peerIdOfKey(publicKey: Uint8Array): string {
  return peerIdFromBytes(concat(PREFIX, publicKey));
}
