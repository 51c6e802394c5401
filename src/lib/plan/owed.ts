import { amountDue } from '../bounty/confidence.js';
import { termEnd } from './interval.js';
import type { BountyState, Now, OwnerContract } from './types.js';

const UNCLAIMED: readonly BountyState[] = ['expired', 'revoked', 'returned'];

/** A bounty that expired, or whose money is back: nobody claimed it. */
export function lapsed({ bounty }: Pick<OwnerContract, 'bounty'>): boolean {
  return bounty !== null && UNCLAIMED.includes(bounty.state);
}

/** A bounty whose answer is open, or not booked yet. One that failed was never posted. */
export function busy({ bounty }: Pick<OwnerContract, 'bounty'>): boolean {
  return bounty !== null && bounty.state !== 'failed' && !UNCLAIMED.includes(bounty.state);
}

/** Grains owed for the slots since the last payment; what was credited is not taken off. */
export function owed({ price, size, paidUntilSlot }: OwnerContract, untilSlot: number, { params }: Now): bigint {
  return amountDue({ price, size, slots: Math.max(0, untilSlot - paidUntilSlot), daySlots: params.daySlots });
}

/** The term is over and paid for. */
export function isOver(now: Now, contract: OwnerContract): boolean {
  const end = termEnd(contract);
  return now.slot >= end && owed(contract, end, now) <= contract.credit;
}
