import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Bid } from '../../src/lib/chain/types.js';
import { clearAdvert, type Pricing } from '../../src/lib/market/clearing.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { ADVERT_ID, accountOf, advertOf, bidOf, hashOf } from './samples.js';

const names = (winners: { account: Uint8Array }[], among: string[]) =>
  winners.map(({ account }) => among.find((name) => toHex(accountOf(name)) === toHex(account)));

/** Bids of the accounts "0", "1", … Few distinct prices, so that ties are common. */
const prices = fc.array(fc.option(fc.bigInt(0n, 30n)), { maxLength: 12 });
const toBids = (list: (bigint | null)[]): Bid[] => list.map((price, i) => bidOf(`${i}`, price));

test('the lowest win, and all get the lowest rejected bid', () => {
  const bids = [bidOf('a', 70n), bidOf('b', 20n), bidOf('c', 90n), bidOf('d', 50n), bidOf('e', 30n)];
  const { price, winners, valid, unfilled } = clearAdvert(ADVERT_ID, advertOf({ lots: 3 }), bids);
  assert.deepEqual(names(winners, ['a', 'b', 'c', 'd', 'e']), ['b', 'e', 'd']);
  assert.deepEqual(
    winners.map(({ rank }) => rank),
    [0, 1, 2],
  );
  assert.deepEqual([price, valid, unfilled], [70n, 5, 0]);
});

test('where no bid is rejected, all win at the reserve', () => {
  const advert = advertOf({ lots: 2, reserve: 80n });
  const exact = clearAdvert(ADVERT_ID, advert, [bidOf('a', 10n), bidOf('b', 20n)]);
  assert.deepEqual([exact.price, exact.winners.length, exact.unfilled], [80n, 2, 0]);
  const short = clearAdvert(ADVERT_ID, advert, [bidOf('a', 10n)]);
  assert.deepEqual([short.price, short.winners.length, short.unfilled], [80n, 1, 1]);
  assert.deepEqual(clearAdvert(ADVERT_ID, advert, []), { price: 80n, winners: [], valid: 0, unfilled: 2 });
});

test('bids above the reserve, unrevealed or excluded do not count, not even as the price', () => {
  const advert = advertOf({ lots: 1, reserve: 80n, excluded: [accountOf('excluded')] });
  const bids = [bidOf('high', 81n), bidOf('silent', null), bidOf('excluded', 1n), bidOf('a', 80n)];
  const { price, winners, valid } = clearAdvert(ADVERT_ID, advert, bids);
  assert.deepEqual([price, valid, names(winners, ['a'])], [80n, 1, ['a']]);
});

test('ties are ordered by a hash of advert and account, anew for each advert', () => {
  const among = Array.from({ length: 8 }, (_, i) => `${i}`);
  const bids = among.map((name) => bidOf(name, 5n));
  const orders = ['x', 'y', 'z'].map((id) =>
    names(clearAdvert(hashOf(id), advertOf({ lots: 8 }), bids).winners, among).join(),
  );
  assert.equal(new Set(orders).size, 3);
});

test('the result does not depend on the order of the bids', () => {
  const shuffled = prices.chain((list) =>
    fc.tuple(fc.constant(toBids(list)), fc.shuffledSubarray(toBids(list), { minLength: list.length })),
  );
  fc.assert(
    fc.property(shuffled, fc.integer({ min: 1, max: 6 }), ([bids, mixed], lots) => {
      const advert = advertOf({ lots, reserve: 25n });
      assert.deepEqual(clearAdvert(ADVERT_ID, advert, mixed), clearAdvert(ADVERT_ID, advert, bids));
    }),
    { numRuns: 60 },
  );
});

test('winners number min(lots, valid); the price lies between every winning bid and the reserve', () => {
  fc.assert(
    fc.property(prices, fc.integer({ min: 1, max: 6 }), (list, lots) => {
      const reserve = 25n;
      const { price, winners, valid, unfilled } = clearAdvert(ADVERT_ID, advertOf({ lots, reserve }), toBids(list));
      assert.equal(valid, list.filter((bid) => bid !== null && bid <= reserve).length);
      assert.equal(winners.length, Math.min(lots, valid));
      assert.equal(unfilled, lots - winners.length);
      assert.ok(price <= reserve);
      assert.ok(winners.every(({ reveal }) => reveal.price <= price));
    }),
    { numRuns: 100 },
  );
});

/** What a steward of this cost earns a day by bidding so, against these others. */
function profit(bid: bigint, cost: bigint, others: Bid[], lots: number, pricing?: Pricing): bigint {
  const advert = advertOf({ lots, reserve: 25n });
  const { price, winners } = clearAdvert(ADVERT_ID, advert, [...others, bidOf('me', bid)], pricing);
  return names(winners, ['me']).includes('me') ? price - cost : 0n;
}

/** The bid that pays best, found by trying all; the truth where it is as good. */
function bestBid(cost: bigint, others: Bid[], lots: number, pricing?: Pricing): bigint {
  let best = cost;
  for (let bid = 0n; bid <= 30n; bid += 1n) {
    if (profit(bid, cost, others, lots, pricing) > profit(best, cost, others, lots, pricing)) best = bid;
  }
  return best;
}

test('bidding its cost is the best a single-lot bidder can do, whatever the others bid', () => {
  const market = fc.tuple(
    fc.array(fc.bigInt(0n, 30n), { maxLength: 6 }),
    fc.bigInt(0n, 30n),
    fc.integer({ min: 1, max: 4 }),
  );
  fc.assert(
    fc.property(market, ([list, cost, lots]) => {
      assert.equal(bestBid(cost, toBids(list), lots), cost);
    }),
    { numRuns: 40 },
  );
});

test('threat 12: a bid away from cost gains nothing under the lowest rejected bid', () => {
  const others = [bidOf('a', 4n), bidOf('b', 12n), bidOf('c', 20n)];
  // Defence off: all get the highest accepted bid, which is the marginal winner's own.
  const highestAccepted: Pricing = (sorted, lots, reserve) => sorted[lots - 1] ?? reserve;
  const overbid = bestBid(10n, others, 2, highestAccepted);
  assert.ok(overbid > 10n);
  assert.ok(profit(overbid, 10n, others, 2, highestAccepted) > profit(10n, 10n, others, 2, highestAccepted));
  // On: the attack's bid wins nothing more, and bidding below cost to push others out loses money.
  assert.equal(bestBid(10n, others, 2), 10n);
  assert.ok(profit(overbid, 10n, others, 2) <= profit(10n, 10n, others, 2));
  assert.ok(profit(0n, 15n, others, 2) < 0n);
});
