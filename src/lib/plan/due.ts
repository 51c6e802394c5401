import { creditSlots } from '../bounty/confidence.js';
import type { Params } from '../chain/params.js';
import { ownerDueSlot, prunableSlot, termEnd } from './interval.js';
import { overlapSlots } from './notice.js';
import { pollSlot } from './poll.js';
import { spotSlot } from './spot.js';
import type { OwnerContract, StewardContract } from './types.js';

/**
 * When a plan has to look at a contract again, so that it is given those alone: whoever adds an act that
 * time alone brings about says so here. What a bounty's fate brings about is found by the bounty.
 */

/** What an owner's contract says of time; of its bounty, whether there is one. */
export type OwnerTimes = Pick<
  OwnerContract,
  | 'state'
  | 'lost'
  | 'outbox'
  | 'spot'
  | 'confidence'
  | 'price'
  | 'size'
  | 'startSlot'
  | 'termSlots'
  | 'maxCredit'
  | 'credit'
  | 'paidUntilSlot'
  | 'dueSlot'
> & { bounty: unknown };

/** From when on the blob is to be placed anew. */
export function nearsEndSlot(contract: Pick<OwnerTimes, 'startSlot' | 'termSlots'>, params: Params): number {
  return termEnd(contract) - overlapSlots(params);
}

/** The first slot at which something may be due; Infinity: never. */
export function ownerLookSlot(contract: OwnerTimes, params: Params): number {
  const { state, bounty, lost } = contract;
  if (state === 'ended') return Number.POSITIVE_INFINITY;
  if (state !== 'live') return termEnd(contract);
  const apart = Math.min(nearsEndSlot(contract, params), pollSlot(contract, params), spotSlot(contract));
  if (bounty !== null) return apart;
  return lost ? 0 : Math.min(apart, ownerDueSlot(contract, params));
}

/** The first slot at which a steward's contract may be pruned. */
export function stewardLookSlot(contract: StewardContract, params: Params): number {
  if (contract.state === 'pruned') return Number.POSITIVE_INFINITY;
  if (contract.state === 'ended') return 0;
  const end = termEnd(contract);
  const paidFor = contract.startSlot + creditSlots({ ...contract, daySlots: params.daySlots }, contract.earned) >= end;
  return Math.min(paidFor ? end : Number.POSITIVE_INFINITY, prunableSlot(contract, params)) + 1;
}
