import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  amountDue,
  creditSlots,
  dustLimit,
  graceSlots,
  jitter,
  nextInterval,
} from '../../src/lib/bounty/confidence.js';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const rate = fc.record({
  price: fc.bigInt({ min: 0n, max: 10n ** 14n }),
  size: fc.integer({ min: 0, max: 2 ** 40 }),
  daySlots: fc.integer({ min: 1, max: 86_400 }),
});

test('due after 1, 7, 14, 28, 28… days', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 100].map(nextInterval), [1, 7, 14, 28, 28, 28]);
});

test('property: jitter stays within a tenth, reaches both ends, and is never nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(1, 7, 14, 28),
      fc.integer({ min: 1, max: 86_400 }),
      bytes32,
      (days, daySlots, random) => {
        const slots = jitter(days, daySlots, random);
        assert.ok(Number.isInteger(slots) && slots >= 1);
        assert.ok(Math.abs(slots - days * daySlots) <= (days * daySlots) / 10);
      },
    ),
  );
  assert.equal(jitter(1, 1000, new Uint8Array(32)), 900);
  assert.equal(jitter(1, 1000, new Uint8Array(32).fill(0xff)), 1100);
});

test('a GiB for a day costs the price, a byte for a slot costs a grain: rounded up', () => {
  const daySlots = 86_400;
  assert.equal(amountDue({ price: 1000n, size: 2 ** 30, slots: daySlots, daySlots }), 1000n);
  assert.equal(amountDue({ price: 1000n, size: 2 ** 29, slots: 28 * daySlots, daySlots }), 14_000n);
  assert.equal(amountDue({ price: 1n, size: 1, slots: 1, daySlots }), 1n);
  assert.equal(amountDue({ price: 1n, size: 1, slots: 0, daySlots }), 0n);
  assert.equal(amountDue({ price: 3n, size: 2 ** 30, slots: 1, daySlots: 2 }), 2n);
});

test('property: creditSlots is the last slot within the credit', () => {
  fc.assert(
    fc.property(rate, fc.bigInt({ min: 1n, max: 10n ** 12n }), (r, maxCredit) => {
      const most = creditSlots(r, maxCredit);
      if (!Number.isSafeInteger(most)) return;
      assert.ok(amountDue({ ...r, slots: most }) <= maxCredit);
      assert.ok(amountDue({ ...r, slots: most + 1 }) > maxCredit);
    }),
  );
  assert.equal(creditSlots({ price: 0n, size: 5, daySlots: 1 }, 1n), Number.POSITIVE_INFINITY);
  assert.equal(creditSlots({ price: 10n, size: 2 ** 30, daySlots: 100 }, 25n), 250);
});

test('grace is half as long again as the interval, and never below what a claim takes to settle', () => {
  const terms = { claimWindowSlots: 172_800, settleDepth: 30, f: [1, 10] as const };
  assert.equal(graceSlots({ ...terms, intervalSlots: 86_400 }), 173_100);
  assert.equal(graceSlots({ ...terms, intervalSlots: 28 * 86_400 }), 42 * 86_400);
  assert.equal(graceSlots({ intervalSlots: 3, claimWindowSlots: 0, settleDepth: 1, f: [2, 5] }), 5);
  assert.equal(graceSlots({ intervalSlots: 1, claimWindowSlots: 0, settleDepth: 1, f: [2, 5] }), 3);
});

test('dust is an account, a sweep and a transfer', () => {
  const dust = dustLimit({ minAccount: 50n, sweepFee: 30n, transferFee: 20n });
  assert.equal(dust, 100n);
});
