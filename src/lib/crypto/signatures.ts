import { verifySignature } from './ed25519.js';

/** Signatures that are verified together, perhaps elsewhere, while more of them come. */
export interface SignatureBatch {
  /** Takes one in. Whatever is malformed is merely bad. */
  add(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): void;
  /** Which are bad by the ledger's rule (`verifySignature`): their numbers in order of adding. Once, at the end. */
  bad(): Promise<number[]>;
  /** Nobody will ask: what is not verified yet is left. After `bad` it does nothing. */
  drop(): void;
}

/** @param room bytes at most of all messages, and ROOM_EACH more for each signature */
export type SignatureVerifier = (room: number) => SignatureBatch;

/** A signature and a public key, and where its message ends. */
export const ROOM_EACH = 100;

/** On the thread that adds them. */
export const verifyHere: SignatureVerifier = () => {
  const bad: number[] = [];
  let count = 0;
  return {
    add(signature, message, publicKey) {
      if (!verifySignature(signature, message, publicKey)) bad.push(count);
      count += 1;
    },
    bad: async () => bad,
    drop: () => undefined,
  };
};
