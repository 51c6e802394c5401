import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import { isFailure } from '../../src/lib/util/errors.js';

test('an empty policy is the default', () => {
  assert.deepEqual(parsePolicy({}), {
    repairBelow: null,
    minPeers: 3,
    spotTries: 3,
    dust: 0n,
    maxPrice: null,
    termDays: null,
    creditDays: null,
    spendPerDay: null,
    spendTotal: null,
    barter: false,
    deckSize: 24,
    deckLow: 8,
    awardTries: 3,
  });
});

test('amounts come as bigint from code and as decimal text from a file', () => {
  assert.equal(parsePolicy({ dust: '12' }).dust, 12n);
  assert.equal(parsePolicy({ spendPerDay: 7n }).spendPerDay, 7n);
});

test('what is out of bounds, unknown or contradicts itself is named', () => {
  const cases: [unknown, RegExp][] = [
    [{ minPeers: -1 }, /bad policy: minPeers/],
    [{ dust: '-1' }, /bad policy: dust/],
    [{ dust: 1n << 64n }, /bad policy: dust/],
    [{ termDays: 366 }, /bad policy: termDays/],
    [{ repairbelow: 3 }, /bad policy: repairbelow/],
    [{ deckSize: 8, deckLow: 8 }, /deckLow must be below deckSize/],
    [null, /bad policy: file/],
  ];
  for (const [input, message] of cases) {
    assert.throws(
      () => parsePolicy(input),
      (error) => isFailure(error) && error.code === 'usage' && message.test(error.message),
    );
  }
});
