import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FUND_MAX, type Funder, type Funds, needed, rounded, take } from '../../src/lib/plan/fund.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import type { FundAction, OwnerAction, OwnerContract } from '../../src/lib/plan/types.js';
import { bountyOf, contractOf, DEVNET, nowAt, POLICY, viewOf } from './samples.js';

const FEES = { post: 300n, item: 50n, transfer: 200n };
const RICH = 1n << 40n;
const fundsOf = (change: Partial<Funds> = {}): Funds => ({
  ...{ next: 1, spendable: RICH, ready: [], coming: [], left: [], fees: FEES },
  ...{ soon: [], lots: [], open: null },
  ...change,
});
const funder = (account: number, amount: bigint): Funder => ({ account, seq: BigInt(account) << 20n, amount });
const fundOf = (acts: readonly OwnerAction[]) => acts.find((act): act is FundAction => act.kind === 'fund');
const kinds = (acts: readonly OwnerAction[]) => acts.map(({ kind }) => kind);
/** Due at 1010, 100 grains by then; each with a steward of its own. */
const due = (n: number, change: Partial<OwnerContract> = {}): OwnerContract[] =>
  Array.from({ length: n }, (_, i) =>
    contractOf({ id: `c${i}`, uuid: `u${i}`, account: `a${i}`, dueSlot: 1010, ...change }),
  );
const plan = (slot: number, contracts: OwnerContract[], funds: Funds) => ownerPlan(viewOf(slot, { contracts, funds }));
const need = (amount: bigint, items = 1) => needed(DEVNET.minAccount, FEES, amount, items);

test('without an account in reserve a payment waits, and one is made for it; with one it is made', () => {
  const first = plan(1010, due(1), fundsOf());
  assert.deepEqual(kinds(first), ['fund']);
  const { amounts, requestId } = fundOf(first)!;
  assert.equal(requestId, 'fund/1');
  assert.ok(amounts[0]! >= need(100n));
  assert.deepEqual(kinds(plan(1010, due(1), fundsOf({ next: 4, coming: amounts }))), [], 'on its way');
  const ready = amounts.map((amount, i) => funder(i + 1, amount));
  assert.ok(kinds(plan(1010, due(1), fundsOf({ next: 4, ready }))).includes('pay'));
});

test('one account a payment: of two that are due the one is paid, the other waits', () => {
  const acts = plan(1010, due(2), fundsOf({ next: 2, ready: [funder(1, rounded(need(100n)))] }));
  assert.deepEqual(
    acts.flatMap((act) => (act.kind === 'pay' ? act.items.map(({ contract }) => contract) : [])),
    ['c0'],
  );
  assert.ok(fundOf(acts)!.amounts.length >= 1);
});

test('accounts are made before payments are due, settle_depth at the least, and for the lots of an auction', () => {
  const lead = DEVNET.settleDepth * DEVNET.derived.blockSlots;
  assert.ok(fundOf(plan(1010 - lead, due(1), fundsOf())));
  assert.equal(fundOf(plan(1010 - 6 * lead, due(1, { dueSlot: 1010, paidUntilSlot: 900 }), fundsOf())), undefined);
  const [soon] = due(1);
  assert.ok(fundOf(plan(1005, [], fundsOf({ soon: [soon!] }))), 'a plan is given what is due alone, and what will be');
  const lots = [{ price: 500n, size: 1 << 30, count: 3 }];
  const { amounts } = fundOf(plan(1005, [], fundsOf({ lots })))!;
  assert.equal(amounts.length, 5, 'and two spares');
  for (const amount of amounts) assert.ok(amount > need(500n));
});

test('what lies open has spares: two halves are posted at once', () => {
  const open = { amount: 200n, items: 2 };
  const { amounts } = fundOf(plan(1020, [], fundsOf({ open })))!;
  assert.equal(amounts.length, 2);
  for (const amount of amounts) assert.ok(amount >= need(200n, 2));
  assert.equal(fundOf(plan(1020, [], fundsOf({ open, coming: amounts }))), undefined);
});

test('what will expire is prepared for: a single blob’s retry, a batch’s two halves', () => {
  const open = (items: number) =>
    due(items, { account: 'a' }).map((contract, position) => ({
      ...contract,
      bounty: bountyOf('open', { id: 'b', items, position, expiresSlot: 1040 }),
    }));
  const made = (slot: number, items: number) => fundOf(plan(slot, [], fundsOf({ soon: open(items) })))?.amounts;
  assert.equal(made(1030, 1)!.length, 1 + 2, 'and spares');
  assert.equal(made(1030, 8)!.length, 2 + 2);
  assert.equal(made(900, 8), undefined, 'it may yet be claimed');
});

test('what was used is gathered, unless its fee were most of it', () => {
  const left = [funder(3, 10_000n), funder(4, 400n)];
  assert.deepEqual(plan(1001, [], fundsOf({ left })), [
    { kind: 'gather', account: 3, seq: 3n << 20n, requestId: `gather/3/${3n << 20n}` },
  ]);
});

test('where the spending account has too little for what is due, the node is asked all the same, and the reserve goes back', () => {
  const acts = plan(1010, due(1), fundsOf({ spendable: 10n, ready: [funder(1, 5_000n)] }));
  assert.deepEqual(kinds(acts), ['gather', 'fund']);
  assert.equal(fundOf(acts)!.amounts.length, 1, 'so that somebody is told');
  const later = plan(1001, due(1), fundsOf({ spendable: 10n }));
  assert.deepEqual(later, [], 'what is not due yet waits');
});

test('funding is no spending: a limit that leaves no room for payments takes none', () => {
  const policy = { ...POLICY, spendPerDay: 0n };
  const acts = ownerPlan(viewOf(1010, { contracts: due(1), funds: fundsOf(), policy }));
  assert.ok(!kinds(acts).includes('pay'));
  const funds = fundsOf({ ready: [funder(1, RICH)] });
  // 100 grains are due, and the bounty's fee counts.
  const paysAt = (spendPerDay: bigint) =>
    kinds(ownerPlan(viewOf(1010, { contracts: due(1), funds, policy: { ...POLICY, spendPerDay } }))).includes('pay');
  assert.deepEqual([paysAt(99n + funds.fees.post), paysAt(100n + funds.fees.post)], [false, true]);
});

test('an unsynced node makes none', () => {
  assert.deepEqual(
    ownerPlan(viewOf(1010, { contracts: due(1), funds: fundsOf(), now: nowAt(1010, { synced: false }) })),
    [],
  );
});

test('amounts are 2^n or 3·2^n: enough, and at most half as much again', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 4n, max: 1n << 60n }), (amount) => {
      const made = rounded(amount);
      assert.ok(made >= amount && 2n * made <= 3n * amount);
      assert.match(made.toString(2), /^1[01]0*$/);
      assert.equal(rounded(made), made);
    }),
  );
});

test('best fit: the smallest that is enough', () => {
  fc.assert(
    fc.property(
      fc.array(fc.bigInt({ min: 0n, max: 50n }), { maxLength: 8 }),
      fc.bigInt({ min: 0n, max: 50n }),
      (list, least) => {
        const left = [...list];
        const found = take(left, least, (amount) => amount);
        const enough = list.filter((amount) => amount >= least).sort((a, b) => Number(a - b));
        assert.equal(found, enough[0]);
        assert.equal(left.length, list.length - (found === undefined ? 0 : 1));
      },
    ),
  );
});

test('played through: nothing is paid from an account twice, the sum is kept, and once the plan is carried out it asks for no more', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
      fc.bigInt({ min: 0n, max: 60_000_000n }),
      (prices, start) => {
        let funds = fundsOf({ spendable: start });
        let contracts = prices.map((price, i) =>
          contractOf({ id: `c${i}`, uuid: `u${i}`, account: `a${i}`, price: BigInt(price) * 1000n, dueSlot: 1010 }),
        );
        let [paid, fees, rounds] = [0n, 0n, 0];
        const total = () =>
          funds.spendable + paid + fees + [...funds.ready, ...funds.left].reduce((sum, { amount }) => sum + amount, 0n);
        for (; rounds < 40; rounds++) {
          const acts = plan(1010, contracts, funds).filter(({ kind }) => kind !== 'poll');
          const done = acts.filter((act) => {
            if (act.kind === 'gather') {
              const all = [...funds.ready, ...funds.left];
              const one = all.find(({ account }) => account === act.account)!;
              assert.ok(one, 'it is there');
              const rest = (list: Funder[]) => list.filter(({ account }) => account !== act.account);
              const spendable = funds.spendable + one.amount - FEES.transfer;
              funds = { ...funds, spendable, ready: rest(funds.ready), left: rest(funds.left) };
              fees += FEES.transfer;
              return true;
            }
            if (act.kind === 'fund') {
              const sum = act.amounts.reduce((a, b) => a + b, 0n);
              assert.ok(act.first === funds.next && act.amounts.length <= FUND_MAX);
              if (sum > funds.spendable) return false;
              const ready = [...funds.ready, ...act.amounts.map((amount, i) => funder(act.first + i, amount))];
              funds = { ...funds, ready, next: funds.next + act.amounts.length, spendable: funds.spendable - sum };
              return true;
            }
            assert.equal(act.kind, 'pay');
            if (act.kind !== 'pay') return false;
            const ready = [...funds.ready];
            const from = take(ready, need(act.amount, act.items.length), ({ amount }) => amount);
            assert.ok(from, 'the plan counted on it');
            const left = [...funds.left, { ...from, amount: from.amount - act.amount - FEES.post }];
            funds = { ...funds, ready, left };
            paid += act.amount;
            fees += FEES.post;
            contracts = contracts.filter(({ id }) => id !== act.items[0]!.contract);
            return true;
          });
          assert.equal(total(), start);
          if (done.length === 0) break;
        }
        assert.ok(rounds < 40, 'it comes to rest');
        if (start > 40_000_000n) assert.deepEqual(contracts, [], 'with enough, all are paid');
      },
    ),
    { numRuns: 60 },
  );
});
