import { ownerDueSlot, settleSlots, termEnd } from '../../src/lib/plan/interval.js';
import { spotSlot } from '../../src/lib/plan/spot.js';
import type { Owner } from './owner.js';
import { DAY, PARAMS } from './setting.js';

/**
 * The next slot in which an owner's plan may ask for something, where it asked for nothing now: else a year of
 * looking at what has not changed would be most of the work.
 */
export function nextWake({ adverts, blobs, contracts, open }: Owner, slot: number): number {
  const { blockSlots, claimWindowSlots } = PARAMS.derived;
  const books = [...adverts.values()];
  const inFlight = new Set(
    books.flatMap(({ book }) => (book.state === 'cleared' ? [] : book.lots.map(({ uuid }) => uuid))),
  );
  const idle = [...blobs.values()].some(
    ({ uuid, state }) => (state === 'local' || state === 'advertised') && !inFlight.has(uuid),
  );
  if (idle) return 0;
  const live = [...contracts.values()].filter(({ state }) => state === 'live');
  if (live.some(({ deckLeft }) => deckLeft === 0)) return 0;
  const overlap = PARAMS.auctionSlots + claimWindowSlots + DAY;
  return Math.min(
    ...books.flatMap(({ auction, book }) =>
      book.state === 'cleared' ? [] : [auction.advert.revealsUntil + settleSlots(PARAMS)],
    ),
    ...[...open.values()].map(({ expires, back }) => (back === null ? expires : Number.POSITIVE_INFINITY)),
    ...live.map((contract) => {
      if (contract.bounty !== null) return (contract.bounty.expiresSlot ?? 0) + settleSlots(PARAMS) + blockSlots;
      return ownerDueSlot(contract, PARAMS) - Math.floor(DAY / 2);
    }),
    ...live.map(spotSlot),
    ...live.map((contract) => {
      const soon = termEnd(contract) - overlap;
      return soon > slot ? soon : termEnd(contract);
    }),
  );
}
