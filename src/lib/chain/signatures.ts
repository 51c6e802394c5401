import { verifySignature } from '../crypto/ed25519.js';
import { ROOM_EACH, type SignatureBatch } from '../crypto/signatures.js';
import { enforce } from './errors.js';

/** Takes a signature that must be good for what is executed to count, whenever it is verified. */
export type SignatureCheck = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => void;

/** At once: throws LedgerError 'signature'. */
export const checkNow: SignatureCheck = (signature, message, publicKey) => {
  enforce(verifySignature(signature, message, publicKey), 'signature');
};

/** Where every signature was verified before. */
export const checkNone: SignatureCheck = () => undefined;

/** With others: whoever executes asks the batch before anything counts. */
export function checkLater(batch: SignatureBatch): SignatureCheck {
  return (signature, message, publicKey) => batch.add(signature, message, publicKey);
}

/** A signature takes 64 bytes and its CBOR head in a body; what it covers is a hash. */
export function signatureRoom(bodyBytes: number): number {
  return Math.ceil(bodyBytes / 66) * (ROOM_EACH + 32);
}
