import { addPoints, addScalars } from '../crypto/scalar.js';

/** Items in one bounty. */
export const MAX_ITEMS = 256;

/** A bounty's key from its items' cards: their sum, so that one signature claims for all of them. */
export function sumKeys(cards: readonly Uint8Array[]): Uint8Array {
  return addPoints(cards);
}

/** The secret behind a bounty's key, from the answers to all its items. */
export function sumScalars(scalars: readonly bigint[]): bigint {
  return addScalars(scalars);
}
