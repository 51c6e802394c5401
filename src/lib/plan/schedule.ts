import { amountDue, nextInterval, owedBeyond } from '../bounty/confidence.js';
import type { Params } from '../chain/params.js';
import { ownerDueSlot, stewardDueSlot, stewardPaidUntil, termEnd } from './interval.js';
import { busy, lapsed } from './owed.js';
import type { OwnerContract, StewardContract } from './types.js';

/** What a contract's payments to come depend on; as in `OwnerContract`. */
export type Paying = Pick<
  OwnerContract,
  'price' | 'size' | 'startSlot' | 'termSlots' | 'maxCredit' | 'confidence' | 'paidUntilSlot' | 'dueSlot' | 'credit'
>;

/** A payment to come, as far as can be told now. */
export interface Expected {
  slot: number;
  /** Grains beyond what is credited; a payment of none is posted all the same, at dust. */
  amount: bigint;
}

interface Look {
  now: { slot: number; params: Params };
  /** The last slot that is looked at. */
  untilSlot: number;
}

/**
 * The payments of a contract to come, if each is claimed: by the ladder of confidence, without its jitter; those whose
 * credit makes them due more than once a day are taken together. As many as the days looked at, at the most.
 */
export function* expectedPayments(contract: Paying, { now, untilSlot }: Look): Generator<Expected, void> {
  const { daySlots } = now.params;
  const end = termEnd(contract);
  let at = contract;
  for (let soonest = now.slot; ; ) {
    const slot = Math.max(ownerDueSlot(at, now.params), soonest);
    if (slot > untilSlot) return;
    const covers = Math.max(at.paidUntilSlot, Math.min(slot, end));
    const owed = amountDue({ price: at.price, size: at.size, slots: covers - at.paidUntilSlot, daySlots });
    const last = covers >= end;
    if (last && owed <= at.credit) return;
    yield { slot, amount: owedBeyond(owed, at.credit) };
    if (last) return;
    at = claimed(at, covers, owedBeyond(at.credit, owed), now.params);
    soonest = Math.min(slot + daySlots, Math.max(end, slot));
  }
}

function claimed<T extends Paying>(contract: T, paidUntilSlot: number, credit: bigint, { daySlots }: Params): T {
  const confidence = contract.confidence + 1;
  return {
    ...contract,
    paidUntilSlot,
    credit,
    confidence,
    dueSlot: paidUntilSlot + nextInterval(confidence) * daySlots,
  };
}

/** An owner's contract from its next payment on: what is posted and may yet be claimed is taken to be. */
export function payingOf(contract: Paying & Pick<OwnerContract, 'bounty'>, now: Look['now']): Paying {
  const { bounty, price, size, credit, paidUntilSlot } = contract;
  if (bounty !== null && busy(contract)) {
    const { daySlots } = now.params;
    const slots = Math.max(0, bounty.coversUntilSlot - paidUntilSlot);
    const owed = amountDue({ price, size, slots, daySlots });
    const covers = paidUntilSlot + slots;
    return claimed(contract, covers, owedBeyond(credit + bounty.amount, owed), now.params);
  }
  // Posted again at once.
  return lapsed(contract) ? { ...contract, dueSlot: Math.min(contract.dueSlot, now.slot) } : contract;
}

/** A steward's contract that is paid so far; undefined: none is to be counted on. */
export function paidOf(contract: StewardContract, now: Look['now']): Paying | undefined {
  if (contract.state !== 'live') return undefined;
  const dueSlot = stewardDueSlot(contract, now.params);
  if (now.slot > dueSlot) return undefined;
  return { ...contract, paidUntilSlot: stewardPaidUntil(contract, now.params), dueSlot, credit: 0n };
}
