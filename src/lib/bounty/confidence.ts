import { ceilDiv, GIB } from '../util/amounts.js';
import { readU32be } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

const INTERVAL_DAYS = [1, 7, 14, 28];
/** ±10 %, in thousandths. */
const JITTER = 100n;

/** Network days until the next payment is due, by how many were claimed in a row: 1, 7, 14, 28, 28… */
export function nextInterval(confidence: number): number {
  invariant(Number.isInteger(confidence) && confidence >= 0, `not a confidence: ${confidence}`);
  return INTERVAL_DAYS[Math.min(confidence, INTERVAL_DAYS.length - 1)]!;
}

/** An interval in slots, moved by up to ±10 % so that audits cannot be foreseen; at least a slot. */
export function jitter(days: number, daySlots: number, random32: Uint8Array): number {
  const slots = BigInt(days) * BigInt(daySlots);
  const span = (slots * JITTER) / 1000n;
  const offset = (BigInt(readU32be(random32, 0)) * (2n * span + 1n)) >> 32n;
  return Math.max(1, Number(slots - span + offset));
}

export interface Rate {
  /** Grains a GiB and network day. */
  price: bigint;
  /** Bytes. */
  size: number;
  daySlots: number;
}

/** What `slots` slots of keeping cost, in grains, rounded up: ceil(price · size · slots / (2^30 · daySlots)). */
export function amountDue({ price, size, slots, daySlots }: Rate & { slots: number }): bigint {
  return ceilDiv(price * BigInt(size) * BigInt(slots), GIB * BigInt(daySlots));
}

/**
 * The most slots for which `amountDue` stays within maxCredit, which no interval may pass (threat 9);
 * Infinity where keeping costs nothing.
 */
export function creditSlots({ price, size, daySlots }: Rate, maxCredit: bigint): number {
  const perSlot = price * BigInt(size);
  return perSlot === 0n ? Number.POSITIVE_INFINITY : Number((maxCredit * GIB * BigInt(daySlots)) / perSlot);
}

/** Slots after the due slot in which an unpaid contract is still kept; f as in the genesis, [num, den]. */
export function graceSlots(terms: {
  intervalSlots: number;
  claimWindowSlots: number;
  settleDepth: number;
  f: readonly [number, number];
}): number {
  const [num, den] = terms.f;
  const settled = terms.claimWindowSlots + Math.ceil((terms.settleDepth * den) / num);
  return Math.max(Math.ceil((3 * terms.intervalSlots) / 2), settled);
}

/** The least a bounty may hold, so that the steward can sweep it into an account and spend it from there. */
export function dustLimit(costs: { minAccount: bigint; sweepFee: bigint; transferFee: bigint }): bigint {
  return costs.minAccount + costs.sweepFee + costs.transferFee;
}

/** What is due beyond what was credited; nothing where the credit covers it. */
export function owedBeyond(due: bigint, credit: bigint): bigint {
  return due > credit ? due - credit : 0n;
}
