import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ownerDueSlot } from '../../src/lib/plan/interval.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import { pay, within } from '../../src/lib/plan/pay.js';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import type { OwnerContract, PayAction } from '../../src/lib/plan/types.js';
import { bountyOf, contractOf, DAY, DEVNET, nowAt, POLICY, viewOf } from './samples.js';

/** Contracts of one kind, by number. */
const many = (count: number, change: (i: number) => Partial<OwnerContract> = () => ({})): OwnerContract[] =>
  Array.from({ length: count }, (_, i) => {
    const name = String(i).padStart(3, '0');
    return contractOf({ id: `c${name}`, uuid: `u${name}`, ...change(i) });
  });
const named = ({ items }: PayAction) => items.map(({ contract }) => contract);

test('one bounty a steward for all that is due with it, and what is due within half a day goes along', () => {
  const contracts = many(8, (i) => ({ account: `a${i % 2}`, dueSlot: 1010 + i }));
  const acts = pay(nowAt(1011), contracts, POLICY);
  assert.deepEqual(acts.map(named), [
    ['c000', 'c002', 'c004', 'c006'],
    ['c001', 'c003', 'c005'],
  ]);
  assert.deepEqual(
    acts.map(({ account, amount, requestId }) => [account, amount, requestId]),
    [
      ['a0', 4n * 110n, 'pay/c000/0'],
      ['a1', 3n * 110n, 'pay/c001/0'],
    ],
  );
  // Nothing of it is due: nothing is paid ahead.
  assert.deepEqual(pay(nowAt(1009), contracts, POLICY), []);
});

test('a bounty has 256 items at most, and the oldest debts go first', () => {
  const contracts = many(300, (i) => ({ dueSlot: 1010 - (i % 7) }));
  const acts = pay(nowAt(1010), contracts, POLICY);
  assert.deepEqual(
    acts.map(({ items }) => items.length),
    [256, 44],
  );
  const dues = acts.flatMap(named).map((id) => contracts.find((one) => one.id === id)!.dueSlot);
  assert.deepEqual(
    dues,
    [...dues].sort((a, b) => a - b),
  );
});

test('what was paid together falls due together', () => {
  for (let confidence = 0; confidence < 4; confidence += 1) {
    const contracts = many(20, (i) => ({ confidence, bounty: bountyOf('settled', { items: 20, position: i }) }));
    const settled = ownerPlan(viewOf(1020, { contracts })).flatMap((act) => (act.kind === 'settle' ? [act] : []));
    assert.equal(settled.length, 20);
    assert.equal(new Set(settled.map(({ dueSlot }) => dueSlot)).size, 1);
    assert.equal(new Set(settled.map(({ requestId }) => requestId)).size, 20);
  }
});

/** Contracts whose last payment, a batch, expired. */
const expired = (count: number, change: (i: number) => Partial<OwnerContract> = () => ({})) =>
  many(count, (i) => ({
    bounty: bountyOf('expired', { items: count, position: i, revoked: true }),
    payIndex: 1,
    ...change(i),
  }));

test('threat 27: an expired batch is posted again at once as two halves, down to single items and their retry', () => {
  const acts = pay(nowAt(1036), expired(5), POLICY);
  assert.deepEqual(acts.map(named), [
    ['c000', 'c001', 'c002'],
    ['c003', 'c004'],
  ]);
  assert.ok(acts.every(({ items }) => items.every(({ attempt }) => attempt === 0)));
  const pair = pay(nowAt(1036), expired(2), POLICY);
  assert.deepEqual(pair.map(named), [['c000'], ['c001']]);
  const [retry, ...rest] = pay(nowAt(1036), expired(1), POLICY);
  assert.deepEqual([named(retry!), retry!.items[0]!.attempt, rest], [['c000'], 1, []]);
  assert.deepEqual(
    pay(
      nowAt(1036),
      expired(1, () => ({ attempt: 1 })),
      POLICY,
    ),
    [],
  );
});

test('a batch of which the steward signed some for lost: those are missing, the others are paid as one', () => {
  const contracts = expired(8, (i) => ({ lost: i === 2 || i === 5 }));
  const acts = ownerPlan(viewOf(1036, { contracts, now: nowAt(1036, { peers: 0 }) }));
  assert.deepEqual(
    acts.flatMap((act) => (act.kind === 'mia' ? [act.contract] : [])),
    ['c002', 'c005'],
  );
  assert.deepEqual(
    acts.flatMap((act) => (act.kind === 'pay' ? [named(act)] : [])),
    [['c000', 'c001', 'c003', 'c004', 'c006', 'c007']],
  );
});

test('a batch that was never included is posted again as it was', () => {
  const contracts = many(4, (i) => ({ bounty: bountyOf('failed', { items: 4, position: i }), payIndex: 1 }));
  const others = many(4, (i) => ({ id: `d${i}` }));
  assert.deepEqual(pay(nowAt(1010), [...contracts, ...others], POLICY).map(named), [
    ['c000', 'c001', 'c002', 'c003'],
    ['d0', 'd1', 'd2', 'd3'],
  ]);
});

/** What the node does with a payment. */
function performed(contracts: readonly OwnerContract[], acts: readonly PayAction[]): OwnerContract[] {
  return contracts.map((contract) => {
    const act = acts.find((one) => named(one).includes(contract.id));
    if (!act) return contract;
    const position = named(act).indexOf(contract.id);
    const bounty = bountyOf('pending', { id: act.requestId, items: act.items.length, position });
    return { ...contract, payIndex: contract.payIndex + 1, attempt: act.items[position]!.attempt, bounty };
  });
}

const owners = fc.array(
  fc.record({
    account: fc.constantFrom('a', 'b'),
    dueSlot: fc.integer({ min: 1000, max: 1100 }),
    credit: fc.bigInt({ min: 0n, max: 2000n }),
    deckLeft: fc.integer({ min: 0, max: 2 }),
    batch: fc.constantFrom(null, 'x', 'y'),
    state: fc.constantFrom('live' as const, 'live' as const, 'mia' as const),
  }),
  { minLength: 1, maxLength: 40 },
);

test('property: each contract is paid once, whatever was done of a plan when its controller was killed', () => {
  fc.assert(
    fc.property(owners, fc.infiniteStream(fc.boolean()), fc.integer({ min: 1000, max: 1100 }), (made, coins, slot) => {
      const places = { x: 0, y: 0 };
      const size = (name: string) => made.filter(({ batch }) => batch === name).length;
      const contracts = many(made.length, (i) => {
        const { batch, ...facts } = made[i]!;
        const account = batch ?? facts.account;
        if (batch === null) return { ...facts, account };
        const bounty = bountyOf('expired', { id: batch, items: size(batch), position: places[batch]++ });
        return { ...facts, account, bounty, payIndex: 1 };
      });
      const now = nowAt(slot);
      const acts = pay(now, contracts, POLICY);
      const paid = acts.flatMap(named);
      assert.equal(new Set(paid).size, paid.length);
      assert.equal(new Set(acts.map(({ requestId }) => requestId)).size, acts.length);
      for (const contract of contracts) {
        const { state, deckLeft, bounty, id } = contract;
        if (state !== 'live' || deckLeft === 0) assert.ok(!paid.includes(id));
        else if (bounty !== null || ownerDueSlot(contract, DEVNET) <= slot) assert.ok(paid.includes(id));
        else if (ownerDueSlot(contract, DEVNET) > slot + DAY / 2) assert.ok(!paid.includes(id));
      }
      for (const { items, amount } of acts)
        assert.equal(
          items.reduce((sum, item) => sum + item.amount, 0n),
          amount,
        );
      // The rest of the plan stays what it was: a half is not halved again, nor anything added to it.
      const done = acts.filter(() => coins.next().value);
      const left = pay(now, performed(contracts, done), POLICY);
      assert.deepEqual(
        left,
        acts.filter((act) => !done.includes(act)),
      );
    }),
  );
});

test('of a payment beyond the limit what fits is paid, and the rest when there is room', () => {
  const [act] = pay(nowAt(1010), many(10), POLICY);
  assert.equal(act!.amount, 1000n);
  assert.deepEqual(within(act!, 1000n, 0n), act);
  const some = within(act!, 350n, 0n)!;
  assert.deepEqual([named(some), some.amount, some.requestId], [['c000', 'c001', 'c002'], 300n, 'pay/c000/0']);
  assert.equal(within(act!, 99n, 0n), undefined);
  // What fits is below dust: it is made up, where there is room for that.
  assert.deepEqual(within(act!, 350n, 320n)!.amount, 320n);
  assert.equal(within(act!, 350n, 360n), undefined);
  const [large, ...small] = many(3, (i) => (i === 0 ? { price: 100_000n } : {}));
  const [mixed] = pay(nowAt(1010), [large!, ...small], POLICY);
  assert.deepEqual(named(within(mixed!, 500n, 0n)!), ['c001', 'c002']);

  const policy = parsePolicy({ minPeers: 2, spendPerDay: '450' });
  const [paid, ...rest] = ownerPlan(viewOf(1010, { contracts: many(10), policy, spentToday: 200n }));
  assert.ok(paid?.kind === 'pay');
  assert.deepEqual([paid.amount, rest], [200n, []]);
});
