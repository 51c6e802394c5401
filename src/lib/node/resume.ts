import { AHEAD } from '../bounty/names.js';
import type { Params } from '../chain/params.js';
import { settleSlots } from '../plan/interval.js';
import type { OwnedContract } from './entries.js';

/** The shortest interval but the first: so often a payment may have been due since. */
const INTERVAL_DAYS = 7;

/**
 * A contract as its owner goes on with it after the books were lost. Payments that were made since the backup have
 * used up numbers: each that may have been is left out, within what its steward expects; the poll puts right what is
 * still wrong. Nothing is due before the steward could be asked.
 *
 * @param slot the slot that now is
 */
export function resumed(contract: OwnedContract, slot: number, params: Params): OwnedContract {
  if (contract.state !== 'live') return contract;
  const { outbox: _asked, ...rest } = contract;
  return {
    ...rest,
    payIndex: contract.payIndex + paymentsSince(contract, slot, params),
    dueSlot: Math.max(contract.dueSlot, slot + 2 * settleSlots(params)),
  };
}

/** At the most so many, of those that a steward has names for. */
export function paymentsSince({ dueSlot, bounty }: OwnedContract, slot: number, params: Params): number {
  const due = slot < dueSlot ? 0 : 1 + Math.floor((slot - dueSlot) / (INTERVAL_DAYS * params.daySlots));
  // What was out may have been posted once more.
  return Math.min(due + (bounty === null ? 0 : 1), AHEAD - 2);
}
