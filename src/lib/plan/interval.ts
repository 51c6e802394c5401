import { dealClaim, halvingSlots } from '../bounty/batch.js';
import { creditSlots, graceSlots, jitter, nextInterval } from '../bounty/confidence.js';
import type { Params } from '../chain/params.js';
import type { OwnerContract, Pause, Random, StewardContract } from './types.js';

/** Slots for `settle_depth` blocks to come, as expected. */
export function settleSlots({ settleDepth, f: [num, den] }: Params): number {
  return Math.ceil((settleDepth * den) / num);
}

export function termEnd({ startSlot, termSlots }: { startSlot: number; termSlots: number }): number {
  return startSlot + termSlots;
}

/** A new contract's first payment: after one day. */
export function firstDueSlot(startSlot: number, params: Params): number {
  return startSlot + intervalSlots(0, params);
}

/**
 * When the payment after `fromSlot` is due: the interval for the confidence, ±10 %. The label makes the
 * jitter the same each time a plan is made, new for each payment, and one for all that one bounty paid:
 * so what was paid together falls due together.
 */
export function nextDueSlot(
  { account }: Pick<OwnerContract, 'account'>,
  fromSlot: number,
  confidence: number,
  params: Params,
  random: Random,
): number {
  const draw = random(`due/${account}/${confidence}/${fromSlot}`);
  return fromSlot + jitter(nextInterval(confidence), params.daySlots, draw);
}

/** Slots that a payment takes to be posted, claimed, and known to be. */
export function paymentSlots(params: Params): number {
  const { claimWindowSlots, blockSlots } = params.derived;
  return claimWindowSlots + settleSlots(params) + 2 * blockSlots;
}

/** A controller that is away for a weekend loses nothing, where the credit lasts for twice that. */
const ABSENCE_DAYS = 3;

/**
 * When the owner must pay: at the due slot, earlier where the payment would not be through before the unpaid credit
 * passes `maxCredit`, or the term ends. What the credit leaves is used but for the last days, or the half of it: a steward
 * cannot tell an owner whose machine is off from one that does not mean to pay.
 */
export function ownerDueSlot(
  contract: Pick<
    OwnerContract,
    'price' | 'size' | 'paidUntilSlot' | 'maxCredit' | 'credit' | 'dueSlot' | 'startSlot' | 'termSlots'
  >,
  params: Params,
): number {
  const { paidUntilSlot, maxCredit, credit } = contract;
  const { blockSlots } = params.derived;
  const full = creditSlots({ ...contract, daySlots: params.daySlots }, maxCredit + credit);
  const usable = full - paymentSlots(params);
  const latest = usable - Math.min(ABSENCE_DAYS * params.daySlots, Math.ceil(usable / 2));
  return Math.min(contract.dueSlot, paidUntilSlot + Math.max(latest, blockSlots), termEnd(contract));
}

function intervalSlots(confidence: number, { daySlots }: Params): number {
  return nextInterval(confidence) * daySlots;
}

/** Until when a steward has been paid: what was earned pays for, but no payment reaches beyond its post. */
export function stewardPaidUntil(contract: StewardContract, { daySlots }: Params): number {
  const { startSlot, earned, lastPaidSlot } = contract;
  return Math.min(lastPaidSlot, startSlot + creditSlots({ ...contract, daySlots }, earned));
}

/**
 * When a steward holds a payment to be due: never before its owner does, whose jitter it doesn't know.
 * Payments smaller than what is owed move it less; a debt about to pass `maxCredit` is due sooner.
 */
export function stewardDueSlot(contract: StewardContract, params: Params): number {
  const paidUntil = stewardPaidUntil(contract, params);
  const interval = intervalSlots(contract.confidence, params);
  const latest = interval + Math.floor(interval / 10);
  const due = paidUntil + Math.min(latest, Math.max(untilFull(contract, params), 2 * params.derived.blockSlots));
  return Math.min(due, Math.max(termEnd(contract), paidUntil));
}

/** Slots for which a steward keeps a blob unpaid, at the most. */
export type DebtLimit = (contract: Pick<StewardContract, 'price' | 'size' | 'maxCredit'>, params: Params) => number;

/** Until the debt passes what the contract allows. */
const untilFull: DebtLimit = (contract, { daySlots }) => creditSlots({ ...contract, daySlots }, contract.maxCredit);

/**
 * The slot after which an unpaid contract may be pruned: due, and the grace that the contract names, but no later than
 * its debt passes `maxCredit`, which the advert paid for in advance; and its pause. So whoever stops paying was kept for
 * no longer than it paid for (threat 9).
 */
export function prunableSlot(contract: StewardContract, params: Params, limit: DebtLimit = untilFull): number {
  const interval = intervalSlots(contract.confidence, params);
  const { f, settleDepth, derived } = params;
  const least = graceSlots({ intervalSlots: interval, claimWindowSlots: derived.claimWindowSlots, settleDepth, f });
  const agreed = Math.ceil((interval * contract.gracePercent) / 100);
  const { pause } = contract;
  const paidUntil = stewardPaidUntil(contract, params);
  const paused = pause !== null && pause.fromSlot >= paidUntil ? pause.slots : 0;
  const full = paidUntil + limit(contract, params);
  return Math.min(stewardDueSlot(contract, params) + Math.max(least, agreed), full) + paused;
}

/**
 * The pause in a contract's grace once a blob of a batch it is in fails its own UUID here: whoever cannot
 * be paid for that must not be held to have stopped paying (threat 27). Once an interval, and once until
 * it is paid, so that nobody lives on pauses (threat 9); undefined where it had one.
 */
export function pauseFor(
  contract: StewardContract,
  batch: { items: number; openedSlot: number },
  params: Params,
): Pause | undefined {
  const { pause, confidence } = contract;
  if (pause !== null) {
    const again = pause.fromSlot + intervalSlots(confidence, params);
    if (batch.openedSlot < again || pause.fromSlot >= stewardPaidUntil(contract, params)) return undefined;
  }
  const roundSlots = params.derived.claimWindowSlots + settleSlots(params);
  return { fromSlot: batch.openedSlot, slots: halvingSlots(batch.items, roundSlots) };
}

/** What each contract of a batch earned by a claim, as `dealClaim` deals it. */
export function shareClaim(
  contracts: readonly StewardContract[],
  claim: { amount: bigint; openedSlot: number },
  params: Params,
): bigint[] {
  const items = contracts.map((contract) => {
    const { price, size } = contract;
    return { price, size, slots: claim.openedSlot - stewardPaidUntil(contract, params) };
  });
  return dealClaim(claim.amount, items);
}

/**
 * A steward's contract after a claim settled. The confidence, and with it the debt an owner may run up,
 * grows only where the payment was worth half an interval: else four payments of dust in an hour would
 * buy weeks of grace (threat 9). An honest owner's shortest interval is 90 %.
 */
export function afterClaim(
  contract: StewardContract,
  claim: { amount: bigint; openedSlot: number },
  params: Params,
): Pick<StewardContract, 'confidence' | 'earned' | 'lastPaidSlot'> {
  const earned = contract.earned + claim.amount;
  const lastPaidSlot = Math.max(contract.lastPaidSlot, claim.openedSlot);
  const gained = stewardPaidUntil({ ...contract, earned, lastPaidSlot }, params) - stewardPaidUntil(contract, params);
  const worthy = 2 * gained >= intervalSlots(contract.confidence, params);
  return { confidence: contract.confidence + (worthy ? 1 : 0), earned, lastPaidSlot };
}
