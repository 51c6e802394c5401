import { owedBeyond } from '../bounty/confidence.js';
import type { Now } from './types.js';

/** From when on something is lacking, and how much of it at the worst, grains. */
export interface Lack {
  slot: number;
  missing: bigint;
}

type From = Pick<Now, 'slot' | 'params'>;

/** When what there is falls below what the days take from it, or below what they bring; null: it never does. */
export function lackOf(there: bigint, taken: readonly bigint[], from: From): Lack | null {
  let left = there;
  // A day that takes nothing lacks nothing.
  const missing = taken.map((amount) => {
    left -= amount;
    return left < 0n && amount > 0n ? -left : 0n;
  });
  return worstOf(missing, from);
}

/** What waits for a later day, because of what one may spend; `today`: what it spent already. */
export function backlogOf(perDay: bigint, today: bigint, costs: readonly bigint[], from: From): Lack | null {
  let waiting = 0n;
  const missing = costs.map((cost, day) => {
    waiting = owedBeyond(waiting + cost, day === 0 ? owedBeyond(perDay, today) : perDay);
    return waiting;
  });
  return worstOf(missing, from);
}

function worstOf(missing: readonly bigint[], { slot, params }: From): Lack | null {
  const first = missing.findIndex((amount) => amount > 0n);
  if (first < 0) return null;
  return { slot: slot + first * params.daySlots, missing: missing.reduce((a, b) => (a > b ? a : b)) };
}
