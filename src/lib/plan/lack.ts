import { owedBeyond } from '../bounty/confidence.js';

/** From when on something is lacking, and how much of it at the worst, grains. */
export interface Lack {
  slot: number;
  missing: bigint;
}

/**
 * When what there is falls below what days take from it; null: it never does. `slots`: when on each day something is due.
 * What a day brings is negative.
 */
export function lackOf(there: bigint, taken: readonly bigint[], slots: readonly number[]): Lack | null {
  let left = there;
  // A day that takes nothing lacks nothing.
  const missing = taken.map((amount) => {
    left -= amount;
    return left < 0n && amount > 0n ? -left : 0n;
  });
  return worstOf(missing, slots);
}

/** What waits for a later day, because of what one may spend; `today`: what it spent already. */
export function backlogOf(
  perDay: bigint,
  today: bigint,
  costs: readonly bigint[],
  slots: readonly number[],
): Lack | null {
  let waiting = 0n;
  const missing = costs.map((cost, day) => {
    waiting = owedBeyond(waiting + cost, day === 0 ? owedBeyond(perDay, today) : perDay);
    return waiting;
  });
  return worstOf(missing, slots);
}

function worstOf(missing: readonly bigint[], slots: readonly number[]): Lack | null {
  const first = missing.findIndex((amount) => amount > 0n);
  if (first < 0) return null;
  return { slot: slots[first]!, missing: missing.reduce((a, b) => (a > b ? a : b)) };
}
