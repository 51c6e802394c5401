import { amountDue, postAmount } from '../bounty/confidence.js';
import { nextDueSlot, ownerDueSlot, settleSlots, termEnd } from './interval.js';
import type { Policy } from './policy.js';
import type { BountyState, Now, OwnerAction, OwnerContract, Random } from './types.js';

const UNCLAIMED: readonly BountyState[] = ['expired', 'revoked', 'returned'];

/** A bounty that expired, or whose money is back: nobody claimed it. */
function lapsed({ bounty }: OwnerContract): boolean {
  return bounty !== null && UNCLAIMED.includes(bounty.state);
}

/** A bounty whose answer is open, or not booked yet. One that failed was never posted. */
function busy({ bounty }: OwnerContract): boolean {
  return bounty !== null && bounty.state !== 'failed' && !UNCLAIMED.includes(bounty.state);
}

/** Grains owed for the slots since the last payment; what was credited is not taken off. */
function owed({ price, size, paidUntilSlot }: OwnerContract, untilSlot: number, { params }: Now): bigint {
  return amountDue({ price, size, slots: Math.max(0, untilSlot - paidUntilSlot), daySlots: params.daySlots });
}

/** Books a payment that was claimed and lies deep enough, and sets when the next is due. */
export function settle(now: Now, contract: OwnerContract, random: Random): OwnerAction[] {
  const { bounty } = contract;
  if (bounty?.state !== 'settled') return [];
  const paidUntilSlot = bounty.coversUntilSlot;
  const confidence = contract.confidence + 1;
  return [
    {
      kind: 'settle',
      contract: contract.id,
      bounty: bounty.id,
      confidence,
      paidUntilSlot,
      dueSlot: nextDueSlot(contract, paidUntilSlot, confidence, now.params, random),
      credit: contract.credit + bounty.amount - owed(contract, paidUntilSlot, now),
      requestId: `settle/${bounty.id}`,
    },
  ];
}

/**
 * The retry went unclaimed, too: the blob is missing in action. Not while few peers are seen: to an
 * eclipsed owner every steward looks missing (threat 17).
 */
export function missing(now: Now, contract: OwnerContract, policy: Policy): OwnerAction[] {
  const { id, uuid, state, attempt, bounty } = contract;
  if (outOfCards(now, contract) && now.peers >= policy.minPeers) {
    return [{ kind: 'mia', contract: id, uuid, requestId: `mia/${id}` }];
  }
  if (state !== 'live' || attempt === 0 || !lapsed(contract) || now.peers < policy.minPeers) return [];
  // A sweep in a block that was undone may yet come back (threat 16).
  if (now.slot <= (bounty?.expiresSlot ?? 0) + settleSlots(now.params)) return [];
  return [{ kind: 'mia', contract: id, uuid, requestId: `mia/${id}` }];
}

/**
 * Due for longer than a claim window, and no card left to ask with: the only bytes to deal from are the
 * steward's, and it does not serve them (threat 10).
 */
function outOfCards({ slot, params }: Now, contract: OwnerContract): boolean {
  if (contract.state !== 'live' || contract.deckLeft > 0 || busy(contract)) return false;
  return slot > ownerDueSlot(contract, params) + params.derived.claimWindowSlots;
}

/**
 * The contract's next payment, where one is due: one bounty for all slots since the last, however late
 * it is; and one retry, at once, after a bounty that expired unclaimed.
 */
export function pay(now: Now, contract: OwnerContract, policy: Policy): OwnerAction[] {
  if (contract.state !== 'live' || contract.deckLeft === 0 || busy(contract)) return [];
  const retry = lapsed(contract);
  if (retry && contract.attempt === 1) return [];
  if (!retry && (now.slot < ownerDueSlot(contract, now.params) || isOver(now, contract))) return [];
  const coversUntilSlot = Math.max(contract.paidUntilSlot, Math.min(now.slot, termEnd(contract)));
  const { amount } = postAmount(owed(contract, coversUntilSlot, now), contract.credit, policy.dust);
  const attempt = retry ? 1 : contract.attempt;
  const requestId = `pay/${contract.id}/${contract.payIndex}`;
  return [{ kind: 'pay', contract: contract.id, amount, attempt, coversUntilSlot, requestId }];
}

/** The term is over and paid for. */
function isOver(now: Now, contract: OwnerContract): boolean {
  const end = termEnd(contract);
  return now.slot >= end && owed(contract, end, now) <= contract.credit;
}

/** A term that is over, paid for, and has no bounty out. */
export function end(now: Now, contract: OwnerContract): OwnerAction[] {
  const { id, state } = contract;
  if (state === 'ended' || busy(contract) || now.slot < termEnd(contract)) return [];
  const unpaid = state === 'live' && (lapsed(contract) || !isOver(now, contract));
  return unpaid ? [] : [{ kind: 'end', contract: id, requestId: `end/${id}` }];
}
