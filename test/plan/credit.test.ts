import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amountDue, creditSlots } from '../../src/lib/bounty/confidence.js';
import { LIMITS } from '../../src/lib/chain/encoding.js';
import { maxCreditOf } from '../../src/lib/chain/rules/advert.js';
import { creditDaysFor, mostCreditDays } from '../../src/lib/plan/credit.js';
import { afterClaim, nextDueSlot, ownerDueSlot, paymentSlots, prunableSlot } from '../../src/lib/plan/interval.js';
import { hashOf } from '../chain/helpers.js';
import { DEVNET, keptOf, paramsOf } from './samples.js';

const MAIN = paramsOf('main');

test('an eighteenth of the term, at least what payments need, at most what a month takes', () => {
  const days = [1, 30, 90, 180, 365].map((term) => creditDaysFor(term, MAIN));
  assert.deepEqual(days, [5, 5, 5, 10, 21]);
  assert.equal(creditDaysFor(30, DEVNET), 6);
});

test('at most an eighth of the term, and never less than the default', () => {
  assert.deepEqual(
    [1, 30, 90, 180, 365, 100_000].map((term) => mostCreditDays(term, MAIN)),
    [5, 5, 11, 22, 45, 60],
  );
  for (let term = 1; term <= 365; term += 1) {
    for (const params of [MAIN, DEVNET]) assert.ok(mostCreditDays(term, params) >= creditDaysFor(term, params));
  }
});

/** Blocks until a payment that is due is on the ledger: a tick, and its inclusion. */
const LATE_BLOCKS = 8;

const cases = fc.record({
  params: fc.constantFrom(MAIN, DEVNET),
  creditDays: fc.integer({ min: LIMITS.creditDaysMin, max: LIMITS.creditDays }),
  price: fc.bigInt({ min: 1n, max: 10n ** 9n }),
  over: fc.bigInt({ min: 0n, max: 1000n }),
  size: fc.constantFrom(1 << 20, 5 << 24, 1 << 30),
  seed: fc.string(),
  lates: fc.array(fc.nat({ max: LATE_BLOCKS }), { minLength: 25, maxLength: 25 }),
});

test('property: an owner that pays when its plan says so is never prunable before its payment is open', () => {
  fc.assert(
    fc.property(cases, ({ params, creditDays, price, over, size, seed, lates }) => {
      const { daySlots } = params;
      const terms = { price, size, startSlot: 0, termSlots: 365 * daySlots };
      const maxCredit = maxCreditOf({ size, reserve: price + over, creditDays });
      let kept = keptOf({ ...terms, maxCredit, confidence: 0, earned: 0n, lastPaidSlot: 0 });
      let paidUntilSlot = 0;
      let confidence = 0;
      for (const late of lates) {
        const random = (label: string) => hashOf(`${seed} ${label}`);
        const dueSlot = nextDueSlot({ account: 'a' }, paidUntilSlot, confidence, params, random);
        const owned = { ...terms, maxCredit, paidUntilSlot, credit: 0n, dueSlot };
        const openedSlot = ownerDueSlot(owned, params) + late * params.derived.blockSlots;
        const slots = openedSlot - paidUntilSlot;
        const told = `unpaid for ${slots / daySlots} days at ${confidence}`;
        assert.ok(openedSlot <= prunableSlot(kept, params), told);
        // Past its first days it may be away for three, or half of what the credit leaves.
        const usable = creditSlots({ price, size, daySlots }, maxCredit) - paymentSlots(params);
        const away = confidence === 0 ? 0 : Math.min(3 * daySlots, Math.floor(usable / 2));
        assert.ok(openedSlot + away <= prunableSlot(kept, params), `${told}, and away for ${away / daySlots}`);
        const claim = { amount: amountDue({ price, size, slots, daySlots }), openedSlot };
        kept = { ...kept, ...afterClaim(kept, claim, params) };
        paidUntilSlot = openedSlot;
        confidence += 1;
      }
    }),
    { numRuns: 300 },
  );
});
