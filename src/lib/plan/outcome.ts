import { nextDueSlot, ownerDueSlot, settleSlots, termEnd } from './interval.js';
import { busy, isOver, lapsed, owed } from './owed.js';
import type { Policy } from './policy.js';
import { confidenceAfter, nextSpotSlot, withholds } from './spot.js';
import type { Now, OwnerAction, OwnerContract, Random } from './types.js';

/** Books a payment that was claimed and lies deep enough, and sets when the next is due. */
export function settle(now: Now, contract: OwnerContract, random: Random): OwnerAction[] {
  const { bounty } = contract;
  if (bounty?.state !== 'settled') return [];
  const paidUntilSlot = bounty.coversUntilSlot;
  const confidence = confidenceAfter(contract);
  const dueSlot = nextDueSlot(contract, paidUntilSlot, confidence, now.params, random);
  const interval = { fromSlot: now.slot, dueSlot, confidence };
  return [
    {
      kind: 'settle',
      contract: contract.id,
      bounty: bounty.id,
      confidence,
      paidUntilSlot,
      dueSlot,
      ...(contract.spot && { spotSlot: nextSpotSlot(contract, interval, random) }),
      credit: contract.credit + bounty.amount - owed(contract, paidUntilSlot, now),
      requestId: `settle/${bounty.id}/${contract.id}`,
    },
  ];
}

/**
 * A bounty for this contract alone and its retry went unclaimed: the blob is missing in action. So it is
 * where its steward signed that it is gone, or serves it to nobody. Not while few peers are seen: to an eclipsed owner every
 * steward looks missing (threat 17).
 */
export function missing(now: Now, contract: OwnerContract, policy: Policy): OwnerAction[] {
  const { id, uuid, state, lost } = contract;
  if (state !== 'live') return [];
  const gone =
    now.peers >= policy.minPeers &&
    (outOfCards(now, contract) || retryLapsed(now, contract) || withholds(now, contract, policy));
  return (lost && !busy(contract)) || gone ? [{ kind: 'mia', contract: id, uuid, requestId: `mia/${id}` }] : [];
}

function retryLapsed({ slot, params }: Now, contract: OwnerContract): boolean {
  const { attempt, bounty } = contract;
  if (attempt === 0 || !lapsed(contract)) return false;
  // A sweep in a block that was undone may yet come back (threat 16).
  return slot > (bounty?.expiresSlot ?? 0) + settleSlots(params);
}

/**
 * Due for longer than a claim window, and no card left to ask with: the only bytes to deal from are the
 * steward's, and it does not serve them (threat 10).
 */
function outOfCards({ slot, params }: Now, contract: OwnerContract): boolean {
  if (contract.deckLeft > 0 || busy(contract)) return false;
  return slot > ownerDueSlot(contract, params) + params.derived.claimWindowSlots;
}

/** A term that is over, paid for, and has no bounty out. */
export function end(now: Now, contract: OwnerContract): OwnerAction[] {
  const { id, state } = contract;
  if (state === 'ended' || busy(contract) || now.slot < termEnd(contract)) return [];
  const unpaid = state === 'live' && (lapsed(contract) || !isOver(now, contract));
  return unpaid ? [] : [{ kind: 'end', contract: id, requestId: `end/${id}` }];
}
