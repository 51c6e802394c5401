import { addPoints, addScalars } from '../crypto/scalar.js';
import { invariant } from '../util/errors.js';
import { owedBeyond } from './confidence.js';

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

/**
 * An amount dealt by weight, each part rounded down, and what is left over to the first; all of it goes
 * there where nothing weighs anything. The parts sum to the amount.
 */
export function dealAmount(amount: bigint, weights: readonly bigint[]): bigint[] {
  invariant(weights.length > 0 && amount >= 0n && weights.every((weight) => weight >= 0n), 'no amount to deal');
  const total = weights.reduce((sum, weight) => sum + weight, 0n);
  const parts = weights.map((weight) => (total === 0n ? 0n : (amount * weight) / total));
  const dealt = parts.reduce((sum, part) => sum + part, 0n);
  return [parts[0]! + amount - dealt, ...parts.slice(1)];
}

/** What a claimed item is worth by, to the steward: the ledger tells it nothing but the bounty's whole amount. */
export interface Earning {
  /** Grains a GiB and network day. */
  price: bigint;
  /** Bytes. */
  size: number;
  /** Slots kept and not paid for when the bounty was opened. */
  slots: number;
}

/** What a steward books of a bounty's amount for each item: in proportion to what each had earned unpaid. */
export function dealClaim(amount: bigint, items: readonly Earning[]): bigint[] {
  return dealAmount(
    amount,
    items.map(({ price, size, slots }) => price * BigInt(size) * BigInt(Math.max(0, slots))),
  );
}

/**
 * What a payment holds for each item, grains. Where all of it together is below dust, it is posted at
 * dust and the excess dealt in proportion to what is due, as the steward will deal it, and credited: so
 * audits never wait for a sum to grow, and what one item is credited does not leave with another.
 */
export function batchAmounts(items: readonly { due: bigint; credit: bigint }[], dust: bigint): bigint[] {
  const owed = items.map(({ due, credit }) => owedBeyond(due, credit));
  const sum = owed.reduce((total, one) => total + one, 0n);
  if (sum >= dust) return owed;
  const excess = dealAmount(
    dust - sum,
    items.map(({ due }) => due),
  );
  return owed.map((one, i) => one + excess[i]!);
}

/**
 * Which half of an expired bounty's items one goes into, 0 or 1. By its position there and by nothing
 * else: whatever was posted again of them by then, each item stays in its half.
 */
export function halfOf(position: number, items: number): number {
  return position < Math.ceil(items / 2) ? 0 : 1;
}

/** The longest that it may take to find what is wrong with one of `items`, by halves, each round of `roundSlots`. */
export function halvingSlots(items: number, roundSlots: number): number {
  return (Math.ceil(Math.log2(items)) + 2) * roundSlots;
}
