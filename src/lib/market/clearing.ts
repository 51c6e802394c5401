import type { Address, Advert, Bid, Hash, Reveal } from '../chain/types.js';
import { taggedHash } from '../crypto/hash.js';
import { compare, toHex } from '../util/bytes.js';

export interface Winner {
  account: Address;
  reveal: Reveal;
  /** 0 for the lowest bid: it is the lot's number, too. */
  rank: number;
}

export interface Clearing {
  /** What every winner gets: grains a GiB and network day. */
  price: bigint;
  /** Lowest bid first, at most `advert.lots`. */
  winners: Winner[];
  /** Revealed, not above the reserve, not excluded. */
  valid: number;
  unfilled: number;
}

/** What all winners get, from the valid bids' prices in ascending order. */
export type Pricing = (prices: readonly bigint[], lots: number, reserve: bigint) => bigint;

/**
 * The lowest rejected bid; the reserve where none was rejected. No winner's own bid moves what it gets,
 * so bidding one's cost is the best a single-lot bidder can do (Vickrey 1961; not so under first prices).
 */
export const lowestRejected: Pricing = (prices, lots, reserve) => prices[lots] ?? reserve;

/** Equal prices are ordered by a hash that neither side can choose once the advert's id is known. */
function tieBreak(advertId: Hash, account: Address): Uint8Array {
  return taggedHash('holdfast/tie/v1', advertId, account);
}

/**
 * The result of an advert's auction: a function of blocks alone (PROTOCOL §6), whatever the order in
 * which the bids are given. Bids that were not revealed, lie above the reserve or are excluded by the
 * advert do not count.
 */
export function clearAdvert(
  advertId: Hash,
  advert: Advert,
  bids: readonly Bid[],
  pricing: Pricing = lowestRejected,
): Clearing {
  const excluded = new Set(advert.excluded.map(toHex));
  const valid = bids.flatMap(({ account, reveal }) => {
    if (reveal === null || reveal.price > advert.reserve || excluded.has(toHex(account))) return [];
    return [{ account, reveal, tie: tieBreak(advertId, account) }];
  });
  valid.sort((a, b) => {
    if (a.reveal.price !== b.reveal.price) return a.reveal.price < b.reveal.price ? -1 : 1;
    return compare(a.tie, b.tie);
  });
  const winners = valid.slice(0, advert.lots).map(({ account, reveal }, rank) => ({ account, reveal, rank }));
  const prices = valid.map(({ reveal }) => reveal.price);
  return {
    price: pricing(prices, advert.lots, advert.reserve),
    winners,
    valid: valid.length,
    unfilled: advert.lots - winners.length,
  };
}
