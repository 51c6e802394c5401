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

/**
 * When the owner must pay: at the due slot, earlier where the unpaid credit would pass `maxCredit` or
 * the term ends.
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
  const untilFull = creditSlots({ ...contract, daySlots: params.daySlots }, maxCredit + credit) - blockSlots;
  return Math.min(contract.dueSlot, paidUntilSlot + Math.max(untilFull, blockSlots), termEnd(contract));
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
  const untilFull = creditSlots({ ...contract, daySlots: params.daySlots }, contract.maxCredit);
  const due = paidUntil + Math.min(latest, Math.max(untilFull, 2 * params.derived.blockSlots));
  return Math.min(due, Math.max(termEnd(contract), paidUntil));
}

/** The slot after which an unpaid contract may be pruned: due, the grace that the contract names, and its pause. */
export function prunableSlot(contract: StewardContract, params: Params): number {
  const interval = intervalSlots(contract.confidence, params);
  const { f, settleDepth, derived } = params;
  const least = graceSlots({ intervalSlots: interval, claimWindowSlots: derived.claimWindowSlots, settleDepth, f });
  const agreed = Math.ceil((interval * contract.gracePercent) / 100);
  const { pause } = contract;
  const paused = pause !== null && pause.fromSlot >= stewardPaidUntil(contract, params) ? pause.slots : 0;
  return stewardDueSlot(contract, params) + Math.max(least, agreed) + paused;
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
