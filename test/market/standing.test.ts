import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Advert } from '../../src/lib/chain/types.js';
import { answerAdvert, type BidFacts, type Standing } from '../../src/lib/market/standing.js';
import { accountOf, advertOf } from './samples.js';

const STANDING: Standing = { price: 300n, capacityBytes: 10 << 20, termDays: 90, minSize: 1000 };
const FACTS: BidFacts = {
  slot: 150,
  freeBytes: 5 << 20,
  committedBytes: 9 << 20,
  alreadyBid: false,
  account: accountOf('a'),
  own: false,
};

test('a standing bid answers at its own cost', () => {
  assert.deepEqual(answerAdvert(STANDING, advertOf(), FACTS), { bid: true, price: 300n, reason: null });
  assert.ok(answerAdvert(STANDING, advertOf({ closes: 150, reserve: 300n, term: 90 }), FACTS).bid);
});

test('it says why it does not', () => {
  const cases: [Partial<Advert>, Partial<BidFacts>, string][] = [
    [{}, { own: true }, 'the advert is our own'],
    [{}, { alreadyBid: true }, 'we have bid already'],
    [{ closes: 149 }, {}, 'commits are closed'],
    [{ excluded: [accountOf('a')] }, {}, 'our account is excluded'],
    [{ reserve: 299n }, {}, 'the reserve is below our price'],
    [{ term: 91 }, {}, 'the term is longer than we sell'],
    [{ size: 999 }, {}, 'the lot is too small'],
    [{}, { committedBytes: (9 << 20) + 1 }, 'the capacity is sold'],
    [{}, { freeBytes: (1 << 20) - 1 }, 'the disk is full'],
  ];
  for (const [advert, facts, reason] of cases) {
    const answer = answerAdvert(STANDING, advertOf(advert), { ...FACTS, ...facts });
    assert.deepEqual([answer.bid, answer.reason], [false, reason]);
  }
});
