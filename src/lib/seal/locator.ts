import { timingSafeEqual } from 'node:crypto';
import { hmacSha256, sha256 } from '../crypto/hash.js';
import { u16be, utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

const READ_TAG = utf8('holdfast/read/v1');

/** The key that opens one share's blob to a getter, whatever its generation: from the cap alone. */
export function readKeyForShare(chkKey: Uint8Array, share: number): Uint8Array {
  return hmacSha256(chkKey, READ_TAG, u16be(share));
}

/** The same for a blob that is no file's share: from the owner's vault. uuid: 32 bytes. */
export function readKeyForBlob(vaultKey: Uint8Array, uuid: Uint8Array): Uint8Array {
  invariant(uuid.length === 32, 'a UUID is 32 bytes');
  return hmacSha256(vaultKey, READ_TAG, uuid);
}

/** What stewards announce instead of UUIDs, from which a crawler would learn what to claim. */
export function locatorOf(readKey: Uint8Array): Uint8Array {
  return sha256(readKey);
}

/**
 * Shows a server that the getter has the readkey, without giving it away. Bound to both peers and to
 * the server's fresh nonce (32 bytes), so that it serves no one else and only once. Peer ids are
 * multihashes, which carry their own length: the parts cannot be shifted.
 */
export function readProof(
  readKey: Uint8Array,
  getterPeerId: Uint8Array,
  serverPeerId: Uint8Array,
  nonce: Uint8Array,
): Uint8Array {
  invariant(nonce.length === 32, 'a read nonce is 32 bytes');
  return hmacSha256(readKey, getterPeerId, serverPeerId, nonce);
}

/** The server's side of `readProof`, in constant time; false for a proof of any other length. */
export function checkReadProof(
  proof: Uint8Array,
  readKey: Uint8Array,
  getterPeerId: Uint8Array,
  serverPeerId: Uint8Array,
  nonce: Uint8Array,
): boolean {
  const expected = readProof(readKey, getterPeerId, serverPeerId, nonce);
  return proof.length === expected.length && timingSafeEqual(proof, expected);
}
