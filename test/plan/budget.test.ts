import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Budget, netOf, roomOf, withinBudget } from '../../src/lib/plan/budget.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import type { PayAction } from '../../src/lib/plan/types.js';
import { contractOf, POLICY, payOf, viewOf } from './samples.js';

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

test('a fee counts as well: what would pass a limit with it waits', () => {
  const pay = payOf([{ contract: 'c1', payIndex: 0, amount: 100n, coversUntilSlot: 5, attempt: 0 }]);
  const funds = { fees: { post: 10n, item: 2n, transfer: 5n } };
  const kept = (spendTotal: bigint) =>
    withinBudget([pay], {
      ...{ policy: { ...POLICY, spendTotal }, spentToday: 0n, funds },
      turnover: { spent: 0n, returned: 0n, earned: 0n },
    }).length;
  assert.deepEqual([kept(109n), kept(110n)], [0, 1]);
});

test('property: under barter nobody spends more than was earned, fees and all, whoever pays nothing in return', () => {
  const amount = fc.bigInt({ min: 0n, max: 1000n });
  const pays = fc.array(fc.array(amount, { minLength: 1, maxLength: 4 }), { maxLength: 8 });
  const turnover = fc
    .record({ spent: amount, earned: amount })
    .chain(({ spent, earned }) => fc.bigInt({ min: 0n, max: spent }).map((returned) => ({ spent, returned, earned })));
  const fees = fc.record({ post: fc.bigInt({ min: 0n, max: 50n }), item: fc.bigInt({ min: 0n, max: 9n }) });
  fc.assert(
    fc.property(pays, turnover, fees, fc.bigInt({ min: 0n, max: 90n }), (lists, past, { post, item }, dust) => {
      const actions = lists.map((amounts, i) =>
        payOf(
          amounts.map((one, j) => ({
            ...{ contract: `c${i}.${j}`, payIndex: 0, amount: one, coversUntilSlot: 5, attempt: 0 as const },
          })),
        ),
      );
      const funds = { fees: { post, item, transfer: 0n } };
      const policy = { ...POLICY, barter: true, dust };
      const kept = withinBudget(actions, { policy, spentToday: 0n, turnover: past, funds }) as PayAction[];
      const cost = ({ amount: sum, items }: PayAction) => sum + post + item * BigInt(items.length - 1);
      const spent = past.spent + kept.reduce((sum, pay) => sum + cost(pay), 0n);
      const net = netOf({ ...past, spent });
      // What costs nothing may always be paid.
      assert.ok(spent === past.spent || net >= 0n, `${net}`);
      // Each that is kept is one of those asked for, with its own id: nothing is paid twice, and no claim is another's.
      const asked = new Set(actions.flatMap(({ items }) => items.map(({ contract }) => contract)));
      const paid = kept.flatMap(({ items }) => items.map(({ contract }) => contract));
      assert.equal(new Set(paid).size, paid.length);
      assert.ok(paid.every((contract) => asked.has(contract)));
      // What is enough for all pays all.
      const all = actions.reduce((sum, pay) => sum + cost(pay), 0n);
      if (netOf(past) >= all) assert.equal(kept.length, actions.length);
    }),
    { numRuns: 300 },
  );
});
