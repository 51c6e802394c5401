import { LIMITS } from '../chain/encoding.js';
import type { Params } from '../chain/params.js';
import { paymentSlots } from './interval.js';

/** What is left of the credit days beside a claim window is at least so long an interval, ±10 %. */
const LEAST_DAYS = 2;
/** An interval of 28 days, ±10 %, the main network's claim window, and three days for an absence. */
const MONTHLY_DAYS = 36;
/** Half a year pays every five days for it, a year every other week. */
const PART_OF_TERM = 18;

/**
 * More than an eighth of the term in debt is worth more than the advert that paid for it: who stops paying soon and begins
 * again under a fresh key pays less then than who pays to the end (threat 9; `npm run simulate:sweep`).
 */
const MOST_OF_TERM = 8;

/**
 * For how many days of debt an advert pays in advance where its owner does not say: an eighteenth of the term. More makes
 * payments rarer, and is lost when the contract ends early.
 */
export function creditDaysFor(termDays: number, params: Params): number {
  const wanted = Math.min(MONTHLY_DAYS, Math.ceil(termDays / PART_OF_TERM));
  return Math.min(LIMITS.creditDays, Math.max(leastDays(params), wanted));
}

/** The credit days up to which a steward bids, and an owner is let advertise. */
export function mostCreditDays(termDays: number, params: Params): number {
  return Math.min(LIMITS.creditDays, Math.max(leastDays(params), Math.floor(termDays / MOST_OF_TERM)));
}

/** What payments need to be through in time. */
function leastDays(params: Params): number {
  return Math.max(LIMITS.creditDaysMin, Math.ceil(paymentSlots(params) / params.daySlots) + LEAST_DAYS);
}
