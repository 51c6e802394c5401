import type { Address, Advert } from '../chain/types.js';
import { equal } from '../util/bytes.js';

/** A steward's standing bid: it answers adverts by itself. */
export interface Standing {
  /** Its cost, and so its bid: grains a GiB and network day. */
  price: bigint;
  /** Bytes it sells in all. */
  capacityBytes: number;
  /** The longest term it takes, network days. */
  termDays: number;
  /** Smaller lots are not worth a deposit and a sweep. */
  minSize?: number;
  /** Larger ones are refused; null: none are. */
  maxSize?: number | null;
  /** Bytes of the disk that lots leave free. */
  reserveBytes?: number;
}

export interface BidFacts {
  slot: number;
  freeBytes: number;
  /** Bytes stored under contracts, and the lots of bids that may yet win. */
  committedBytes: number;
  alreadyBid: boolean;
  /** The account that would bid. */
  account: Address;
  /** The advert is this wallet's own. */
  own: boolean;
}

export interface Answer {
  bid: boolean;
  price: bigint;
  /** Why not; null where it bids. */
  reason: string | null;
}

/** Whether a standing bid answers an advert, and at which price: always its own cost (see clearing.ts). */
export function answerAdvert(standing: Standing, advert: Advert, facts: BidFacts): Answer {
  const reason = refusal(standing, advert, facts);
  return { bid: reason === null, price: standing.price, reason };
}

function refusal(standing: Standing, advert: Advert, facts: BidFacts): string | null {
  if (facts.own) return 'the advert is our own';
  if (facts.alreadyBid) return 'we have bid already';
  if (facts.slot > advert.closes) return 'commits are closed';
  if (advert.excluded.some((account) => equal(account, facts.account))) return 'our account is excluded';
  if (standing.price > advert.reserve) return 'the reserve is below our price';
  if (advert.term > standing.termDays) return 'the term is longer than we sell';
  if (advert.size < (standing.minSize ?? 1)) return 'the lot is too small';
  if (advert.size > (standing.maxSize ?? Number.POSITIVE_INFINITY)) return 'the lot is too large';
  if (facts.committedBytes + advert.size > standing.capacityBytes) return 'the capacity is sold';
  if (advert.size > facts.freeBytes - (standing.reserveBytes ?? 0)) return 'the disk is full';
  return null;
}
