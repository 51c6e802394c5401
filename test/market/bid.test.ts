import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commitmentOf } from '../../src/lib/chain/commitment.js';
import { bidSalt, makeCommit } from '../../src/lib/market/bid.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { ADVERT_ID, accountOf, hashOf, revealOf } from './samples.js';

test('a reveal opens its own commitment and no other', () => {
  const terms = revealOf('a', 100n);
  const { commitment, reveal } = makeCommit(ADVERT_ID, accountOf('a'), terms);
  assert.deepEqual(commitmentOf(reveal, accountOf('a'), ADVERT_ID), commitment);
  const others = [
    commitmentOf(reveal, accountOf('a'), hashOf('other')),
    commitmentOf(reveal, accountOf('b'), ADVERT_ID),
    commitmentOf({ ...reveal, price: 101n }, accountOf('a'), ADVERT_ID),
    commitmentOf({ ...reveal, peer: hashOf('p') }, accountOf('a'), ADVERT_ID),
    commitmentOf({ ...reveal, payee: hashOf('q') }, accountOf('a'), ADVERT_ID),
    commitmentOf({ ...reveal, salt: hashOf('s') }, accountOf('a'), ADVERT_ID),
  ].map(toHex);
  assert.ok(!others.includes(toHex(commitment)));
});

test('a bid needs a payee that can be paid, and a price that fits', () => {
  const terms = revealOf('a', 100n);
  assert.throws(() => makeCommit(ADVERT_ID, accountOf('a'), { ...terms, payee: new Uint8Array(32) }));
  assert.throws(() => makeCommit(ADVERT_ID, accountOf('a'), { ...terms, price: 1n << 64n }));
});

test('the salt can be derived again, and differs by advert', () => {
  const key = hashOf('key');
  assert.deepEqual(bidSalt(key, ADVERT_ID), bidSalt(key, ADVERT_ID));
  assert.notDeepEqual(bidSalt(key, ADVERT_ID), bidSalt(key, hashOf('other')));
  assert.notDeepEqual(bidSalt(key, ADVERT_ID), bidSalt(hashOf('key 2'), ADVERT_ID));
});
