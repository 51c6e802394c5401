import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { advertFee } from '../../src/lib/chain/rules/advert.js';
import { AheadSum, type AheadView } from '../../src/lib/plan/ahead.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import type { OwnerContract, PayAction } from '../../src/lib/plan/types.js';
import { bountyOf, contractOf, DAY, DEVNET, keptOf, nowAt, POLICY, random, viewOf } from './samples.js';

const FREE = { spendPerDay: null, spendTotal: null, barter: false, dust: 0n };

function viewAt(slot: number, change: Partial<AheadView> = {}): AheadView {
  return {
    ...{ now: { slot, params: DEVNET }, days: 30, balance: 10n ** 12n, spentToday: 0n },
    ...{ turnover: { spent: 0n, returned: 0n, earned: 0n }, policy: FREE, fees: { post: 0n, item: 0n } },
    ...change,
  };
}

function lookAt(contracts: readonly OwnerContract[], change: Partial<AheadView> = {}, slot = 1000) {
  const sum = new AheadSum(viewAt(slot, change));
  const blobs = contracts.map((contract) => sum.addBlob([contract], undefined));
  return { ...sum.result(), blobs };
}

test('by the ladder: after 1, 7, 14 and 28 days, and when the balance does not last', () => {
  // 100 grains a day: 100 after day 1, 700 after day 8, 1400 after day 22; the next is due on day 50.
  const all = lookAt([contractOf()], { balance: 2200n });
  assert.deepEqual([all.costs, all.nextSlot, all.balance], [2200n, 1000 + DAY, null]);
  assert.deepEqual(lookAt([contractOf()], { balance: 2199n }).balance, { slot: 1000 + 22 * DAY, missing: 1n });
  assert.deepEqual(lookAt([contractOf()], { balance: 799n }).balance, { slot: 1000 + 8 * DAY, missing: 1401n });
  assert.deepEqual(lookAt([contractOf()], { balance: 99n }).balance?.slot, 1000 + DAY);
  assert.equal(lookAt([contractOf()], { days: 60 }).costs, 5000n);
});

test('a payment under way is taken to be claimed; one that nobody claimed is due again', () => {
  const under = (state: 'open' | 'expired') =>
    lookAt([contractOf({ bounty: bountyOf(state) })], { days: 8, balance: 0n }, 1036);
  // 1000 to 1010 is paid; the next is due seven days later.
  assert.deepEqual([under('open').costs, under('open').nextSlot], [700n, 1080]);
  assert.deepEqual([under('expired').nextSlot, under('expired').balance?.slot], [1036, 1036]);
});

test('what is paid to one steward on one day is one bounty; a fee a bounty, and a fee an item more', () => {
  const fees = { post: 50n, item: 3n };
  const two = (account: string) =>
    lookAt([contractOf(), contractOf({ id: 'c2', uuid: 'u2', account })], { fees, days: 2 }).costs;
  assert.equal(two('a1'), 200n + 53n);
  assert.equal(two('a2'), 200n + 100n);
  const dust = { policy: { ...FREE, dust: 150n }, days: 2 };
  assert.equal(lookAt([contractOf()], dust).costs, 150n);
});

test('a limit a day lets the rest wait, one in all and barter stop it; each says when', () => {
  const two = [contractOf(), contractOf({ id: 'c2', uuid: 'u2', account: 'a2' })];
  const limits = (policy: Partial<AheadView['policy']>, change: Partial<AheadView> = {}) =>
    lookAt(two, { policy: { ...FREE, ...policy }, ...change }).limits;
  assert.deepEqual(limits({}), []);
  assert.deepEqual(limits({ spendPerDay: 2800n }), []);
  // 1400 each on day 22 at 1000 a day: 1800 wait for a day.
  assert.deepEqual(limits({ spendPerDay: 1400n }), [{ limit: 'day', slot: 1000 + 22 * DAY, missing: 1400n }]);
  assert.deepEqual(limits({ spendTotal: 4399n }), [{ limit: 'total', slot: 1000 + 22 * DAY, missing: 1n }]);
  assert.deepEqual(limits({ spendTotal: 4400n }), []);
  const [barter] = limits({ barter: true }, { turnover: { spent: 100n, returned: 0n, earned: 300n } });
  assert.deepEqual(barter, { limit: 'barter', slot: 1000 + 8 * DAY, missing: 4200n });
});

test('what is kept here pays for what is kept elsewhere, as long as it is paid', () => {
  const sum = (slot: number) => {
    const ahead = new AheadSum(viewAt(slot, { balance: 0n, policy: { ...FREE, barter: true } }));
    ahead.addIncome(keptOf({ confidence: 0 }));
    ahead.addBlob([contractOf({ dueSlot: 1000 + 2 * DAY })], undefined);
    return ahead.result();
  };
  const { income, balance, limits } = sum(1000);
  assert.ok(income > 0n);
  assert.equal(balance?.slot, limits[0]?.slot);
  // Late: nothing is counted on.
  assert.equal(sum(1000 + 2 * DAY).income, 0n);
});

test('each payment takes a card; what follows a term costs', () => {
  const short = contractOf({ termSlots: 20 * DAY });
  const sum = new AheadSum(viewAt(1000));
  assert.deepEqual(
    sum.addBlob([short], undefined),
    [1, 8, 20].map((day) => 1000 + day * DAY),
  );
  assert.equal(sum.result().costs, 2000n);
  const terms = { reserve: 500n, creditDays: 4, termDays: 30 };
  const followed = new AheadSum(viewAt(1000));
  followed.addBlob([short], terms);
  const fee = advertFee({ lots: 1, size: short.size, reserve: 500n, creditDays: 4 });
  const { costs } = followed.result();
  // Ten days more, of which one and seven are due by then, at the least.
  assert.ok(costs >= 2000n + fee + 800n && costs <= 2000n + fee + 1000n, `${costs}`);
});

/** Pays as the plan says, each payment claimed at once, as though without jitter. */
function paidByPlan(contracts: OwnerContract[], from: number, days: number): bigint {
  let sum = 0n;
  let now = contracts;
  for (let slot = from; slot < from + days * DAY; slot += 1) {
    const acts = ownerPlan(viewOf(slot, { now: nowAt(slot), contracts: now, policy: POLICY, random }));
    for (const act of acts.filter((one): one is PayAction => one.kind === 'pay')) {
      for (const item of act.items) {
        sum += item.amount;
        const bounty = bountyOf('settled', { amount: item.amount, coversUntilSlot: item.coversUntilSlot });
        now = now.map((contract) => (contract.id === item.contract ? { ...contract, bounty } : contract));
      }
    }
    for (const act of ownerPlan(viewOf(slot, { now: nowAt(slot), contracts: now, policy: POLICY, random })))
      if (act.kind === 'settle')
        now = now.map((contract) =>
          contract.id === act.contract
            ? { ...contract, bounty: null, payIndex: contract.payIndex + 1, ...bookedBy(act) }
            : contract,
        );
  }
  return sum;
}

const bookedBy = ({
  confidence,
  paidUntilSlot,
  dueSlot,
  credit,
}: Extract<ReturnType<typeof ownerPlan>[number], { kind: 'settle' }>) => ({
  ...{ confidence, paidUntilSlot, dueSlot, credit },
});

test('property: the look ahead is what the plan then pays, but for the jitter', () => {
  const contract = fc.record({
    confidence: fc.integer({ min: 0, max: 4 }),
    size: fc.integer({ min: 1, max: 1 << 30 }),
    price: fc.bigInt({ min: 0n, max: 1000n }),
    termSlots: fc.integer({ min: 5 * DAY, max: 40 * DAY }),
    credit: fc.bigInt({ min: 0n, max: 300n }),
    maxCredit: fc.bigInt({ min: 5_000n, max: 100_000n }),
  });
  fc.assert(
    fc.property(fc.array(contract, { minLength: 1, maxLength: 3 }), (changes) => {
      const list = changes.map((change, i) =>
        contractOf({ id: `c${i}`, uuid: `u${i}`, account: `a${i}`, deckLeft: 10 ** 6, ...change }),
      );
      // Beyond the end of every term jitter decides nothing but when.
      const days = 45;
      const [seen, paid] = [lookAt(list, { days }).costs, paidByPlan(list, 1000, days)];
      // Each payment is rounded up, and jitter may make one more or less.
      assert.ok(
        seen - paid <= 10n * BigInt(list.length) && paid - seen <= 10n * BigInt(list.length),
        `${seen} ${paid}`,
      );
    }),
    { numRuns: 30 },
  );
});

test('property: what is looked at in another order, or for longer, never costs less', () => {
  const starts = fc.array(
    fc.record({ dueSlot: fc.integer({ min: 1000, max: 1300 }), account: fc.constantFrom('a1', 'a2') }),
    {
      minLength: 1,
      maxLength: 6,
    },
  );
  fc.assert(
    fc.property(
      starts,
      fc.integer({ min: 1, max: 40 }),
      fc.bigInt({ min: 0n, max: 9000n }),
      (changes, days, balance) => {
        const list = changes.map((change, i) => contractOf({ id: `c${i}`, uuid: `u${i}`, ...change }));
        const fees = { post: 7n, item: 1n };
        const { blobs: _, ...one } = lookAt(list, { days, balance, fees });
        const { blobs: __, ...two } = lookAt([...list].reverse(), { days, balance, fees });
        assert.deepEqual(one, two);
        const longer = lookAt(list, { days: days + 5, balance, fees });
        assert.ok(longer.costs >= one.costs);
        if (one.balance) assert.equal(longer.balance?.slot, one.balance.slot);
        assert.equal(one.balance !== null, one.costs > balance);
      },
    ),
    { numRuns: 200 },
  );
});

test('more bounties than are held at once: all are counted, those put together before only once', () => {
  const sum = new AheadSum(viewAt(1000, { days: 2, fees: { post: 1n, item: 0n } }));
  const many = (1 << 16) + 10;
  for (let i = 0; i < many; i += 1) sum.addBlob([contractOf({ account: `a${i}` })], undefined);
  assert.equal(sum.result().costs, BigInt(many) * 101n);
});
