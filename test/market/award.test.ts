import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AwardFacts, checkAward } from '../../src/lib/market/award.js';
import type { Contract } from '../../src/lib/market/contract.js';
import { ADVERT_ID, accountOf, advertOf, BIDS, bidOf, contractOf, hashOf } from './samples.js';

const FACTS: AwardFacts = {
  network: hashOf('network'),
  advertId: ADVERT_ID,
  advert: advertOf(),
  bids: BIDS,
  account: accountOf('b'),
  slot: 310,
  daySlots: 1000,
  awarded: null,
  maxGracePercent: 150,
};

test('a true award is accepted', () => {
  assert.deepEqual(checkAward(contractOf(), FACTS), []);
});

test('every lie of the owner is found out', () => {
  const lies: [Partial<Contract>, string][] = [
    [{ network: hashOf('other') }, 'another network'],
    [{ advert: hashOf('other') }, 'another advert'],
    [{ contact: accountOf('other') }, "not the advert's contact key"],
    [{ size: 2 << 20 }, "not the advert's size"],
    [{ termDays: 91 }, "not the advert's term"],
    [{ startSlot: 1311 }, 'starts more than a day ahead'],
    [{ gracePercent: 151 }, 'asks for a longer grace'],
    [{ maxCredit: 36n }, 'asks for more credit than its advert paid for'],
    [{ account: accountOf('c') }, 'another account'],
    [{ lot: 2 }, 'the lot was not won'],
    [{ price: 399n }, 'not the clearing price'],
    [{ payee: accountOf('payee a') }, 'not the payee of the bid'],
    [{ peer: hashOf('other') }, 'not the peer of the bid'],
  ];
  for (const [lie, reason] of lies) assert.deepEqual(checkAward(contractOf(lie), FACTS), [reason]);
});

test('what is not won by the blocks is not won', () => {
  const cheaper = [...BIDS, bidOf('e', 50n), bidOf('f', 60n)];
  assert.deepEqual(checkAward(contractOf(), { ...FACTS, bids: cheaper }), [
    'the lot was not won',
    'not the clearing price',
  ]);
  assert.deepEqual(checkAward(contractOf(), { ...FACTS, awarded: hashOf('first') }), ['the lot was awarded already']);
  assert.deepEqual(checkAward(contractOf(), { ...FACTS, slot: 300 }), ['reveals are still taken']);
});
