import { nextInterval } from '../bounty/confidence.js';
import type { Params } from '../chain/params.js';
import { settleSlots, termEnd } from './interval.js';

/** Blocks between signing an advert and its inclusion, that an auction's length is counted from. */
export const INCLUSION_BLOCKS = 6;

interface Term {
  startSlot: number;
  termSlots: number;
}

/**
 * How long it takes to place a blob anew: one auction, its reveals, the depth at which they count, and a
 * day to hand the bytes over.
 */
export function overlapSlots(params: Params): number {
  const { blockSlots, claimWindowSlots } = params.derived;
  const auction = params.auctionSlots + INCLUSION_BLOCKS * blockSlots + claimWindowSlots;
  return auction + settleSlots(params) + params.daySlots;
}

/** From when on a blob is to be placed anew, or its old contract gives way to a new one. */
export function nearsEnd(contract: Term, slot: number, params: Params): boolean {
  return slot >= termEnd(contract) - overlapSlots(params);
}

/** How early either side gives notice: one interval (PROTOCOL §5), and never less than re-placing takes. */
export function noticeSlots(confidence: number, params: Params): number {
  return Math.max(nextInterval(confidence) * params.daySlots, overlapSlots(params));
}

/** When a contract ends whose owner gives notice now. */
export function noticedEnd(contract: Term & { confidence: number }, slot: number, params: Params): number {
  return Math.min(termEnd(contract), slot + noticeSlots(contract.confidence, params));
}

/**
 * The end that a steward grants an owner who asks for one: no sooner than a notice from now; but once
 * less than that is left, at any moment from a day ago on, for the blob may have been handed over.
 * undefined: as it stands.
 */
export function grantedEnd(
  contract: Term & { confidence: number },
  askedSlot: number | null,
  slot: number,
  params: Params,
): number | undefined {
  const end = termEnd(contract);
  if (askedSlot === null || askedSlot >= end) return undefined;
  const notice = slot + noticeSlots(contract.confidence, params);
  const soonest = end <= notice ? slot - params.daySlots : notice;
  const granted = Math.max(askedSlot, soonest, contract.startSlot);
  return granted < end ? granted : undefined;
}

/**
 * The old contract's end once a newer receipt for its blob is there: that very moment, where the old one
 * was about to end. Its steward is paid to the hand-over, and nobody is paid twice for longer.
 */
export function handOverEnd(old: Term, newStartSlot: number, params: Params): number | undefined {
  const end = Math.max(newStartSlot, old.startSlot);
  return nearsEnd(old, newStartSlot, params) && end < termEnd(old) ? end : undefined;
}
