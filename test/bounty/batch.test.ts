import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchAmounts, dealAmount, dealClaim, halfOf, halvingSlots, MAX_ITEMS } from '../../src/lib/bounty/batch.js';

const grains = fc.bigInt({ min: 0n, max: 1n << 52n });
const total = (amounts: readonly bigint[]) => amounts.reduce((sum, amount) => sum + amount, 0n);

test('an amount is dealt by weight, remainders to the first, and all of it there where nothing weighs', () => {
  assert.deepEqual(dealAmount(10n, [1n, 1n, 1n]), [4n, 3n, 3n]);
  assert.deepEqual(dealAmount(7n, [0n, 5n, 2n]), [0n, 5n, 2n]);
  assert.deepEqual(dealAmount(7n, [0n, 0n]), [7n, 0n]);
  assert.throws(() => dealAmount(1n, []), /invariant/);
});

test('property: nothing is lost in dealing, and no part but the first is off by a grain', () => {
  fc.assert(
    fc.property(grains, fc.array(grains, { minLength: 1, maxLength: 20 }), (amount, weights) => {
      const parts = dealAmount(amount, weights);
      const weight = total(weights);
      assert.equal(total(parts), amount);
      for (const [i, part] of parts.entries()) {
        if (weight > 0n) assert.ok(part * weight >= amount * weights[i]! - weight);
        if (weight > 0n && i > 0) assert.ok(part * weight <= amount * weights[i]!);
        assert.ok(part >= 0n);
      }
    }),
  );
});

test('a claim is dealt by price, size and slots unpaid', () => {
  const item = { price: 100n, size: 1000, slots: 10 };
  assert.deepEqual(dealClaim(60n, [item, { ...item, price: 200n }, { ...item, size: 3000 }]), [10n, 20n, 30n]);
  assert.deepEqual(dealClaim(60n, [item, { ...item, slots: 50 }]), [10n, 50n]);
  // Paid ahead: it earned nothing since.
  assert.deepEqual(dealClaim(60n, [{ ...item, slots: -5 }, item]), [0n, 60n]);
});

test('below dust the bounty holds dust, and the excess is credited by what is due until it is used up', () => {
  const one = (due: bigint, credit: bigint) => batchAmounts([{ due, credit }], 100n);
  assert.deepEqual(one(250n, 0n), [250n]);
  assert.deepEqual(one(250n, 100n), [150n]);
  assert.deepEqual(one(30n, 0n), [100n]);
  assert.deepEqual(one(30n, 70n), [100n]);
  const items = [10n, 30n].map((due) => ({ due, credit: 0n }));
  assert.deepEqual(batchAmounts(items, 100n), [25n, 75n]);
  assert.deepEqual(batchAmounts(items, 40n), [10n, 30n]);
  assert.deepEqual(batchAmounts([{ due: 60n, credit: 100n }, ...items], 40n), [0n, 10n, 30n]);
});

test('property: nothing is lost to dust: posted = due + change of credit, and every bounty can be swept', () => {
  const items = fc.array(fc.record({ due: grains, credit: grains }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(items, fc.bigInt({ min: 1n, max: 1n << 40n }), (debts, dust) => {
      const amounts = batchAmounts(debts, dust);
      assert.ok(total(amounts) >= dust);
      const credits = debts.map(({ due, credit }, i) => credit + amounts[i]! - due);
      assert.ok(credits.every((credit) => credit >= 0n));
      // More than is owed is posted for dust's sake alone.
      const owed = debts.map(({ due, credit }) => (due > credit ? due - credit : 0n));
      if (total(amounts) > dust) assert.deepEqual(amounts, owed);
    }),
  );
});

test('property: owner and steward deal alike: what a batch of equals is credited, the steward books', () => {
  const rates = fc.array(
    fc.record({ price: fc.bigInt({ min: 1n, max: 1000n }), size: fc.integer({ min: 1, max: 1e6 }) }),
    { minLength: 1, maxLength: 20 },
  );
  fc.assert(
    fc.property(
      rates,
      fc.integer({ min: 1, max: 1e6 }),
      fc.bigInt({ min: 1n, max: 1n << 60n }),
      (items, slots, dust) => {
        const earned = items.map((item) => ({ ...item, slots }));
        const debts = earned.map(({ price, size }) => ({ due: price * BigInt(size) * BigInt(slots), credit: 0n }));
        const amounts = batchAmounts(debts, dust);
        const booked = dealClaim(total(amounts), earned);
        for (const [i, amount] of amounts.entries()) {
          const off = amount > booked[i]! ? amount - booked[i]! : booked[i]! - amount;
          assert.ok(off <= BigInt(items.length), `${off} grains apart`);
        }
      },
    ),
  );
});

test('property: halves of halves lead to each single item in as many rounds as doubling takes', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: MAX_ITEMS }), fc.nat(), (items, pick) => {
      let batch = Array.from({ length: items }, (_, i) => i);
      const wanted = pick % items;
      let rounds = 0;
      for (; batch.length > 1; rounds += 1) {
        const half = halfOf(batch.indexOf(wanted), batch.length);
        const parts = [0, 1].map((part) => batch.filter((_, at) => halfOf(at, batch.length) === part));
        assert.ok(parts.every((part) => part.length > 0) && parts[0]!.length - parts[1]!.length <= 1);
        batch = parts[half]!;
      }
      assert.deepEqual(batch, [wanted]);
      assert.ok(rounds <= Math.ceil(Math.log2(items)));
      // The batch itself, its halves, and the single item's retry.
      assert.ok((rounds + 2) * 10 <= halvingSlots(items, 10));
    }),
  );
});
