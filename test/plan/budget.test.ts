import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Budget, netOf, roomOf } from '../../src/lib/plan/budget.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import { contractOf, POLICY, viewOf } from './samples.js';

const TURNOVER = { spent: 1000n, returned: 200n, earned: 500n };
const room = (policy: Partial<Budget['policy']>, change: Partial<Budget> = {}) =>
  roomOf({ policy: { ...POLICY, ...policy }, spentToday: 100n, turnover: TURNOVER, ...change });

test('the least of all limits holds, and none where none is set', () => {
  assert.equal(room({}), undefined);
  assert.equal(room({ spendPerDay: 300n }), 200n);
  assert.equal(room({ spendTotal: 900n }), 100n, 'what came back was not spent');
  assert.equal(room({ spendPerDay: 300n, spendTotal: 900n }), 100n);
  assert.equal(room({ spendTotal: 700n }), 0n, 'never below nothing');
});

test('barter: no more than was earned, less what was spent for good', () => {
  assert.equal(netOf(TURNOVER), -300n);
  assert.equal(room({ barter: true }), 0n);
  assert.equal(room({ barter: true }, { turnover: { spent: 300n, returned: 0n, earned: 500n } }), 200n);
});

test('what would pass a limit in all waits, and so does it under barter', () => {
  const contracts = [contractOf({ dueSlot: 1010 }), contractOf({ id: 'c2', uuid: 'u2', account: 'a2', dueSlot: 1010 })];
  const paid = (policy: Partial<typeof POLICY>, earned = 0n) =>
    ownerPlan(
      viewOf(1010, { contracts, policy: { ...POLICY, ...policy }, turnover: { spent: 50n, returned: 0n, earned } }),
    ).map(({ kind }) => kind);
  // Each is due 100 grains.
  assert.deepEqual(paid({}), ['pay', 'pay']);
  assert.deepEqual(paid({ spendTotal: 249n }), ['pay']);
  assert.deepEqual(paid({ spendTotal: 149n }), []);
  assert.deepEqual(paid({ barter: true }, 249n), ['pay']);
  assert.deepEqual(paid({ barter: true }, 250n), ['pay', 'pay']);
});
