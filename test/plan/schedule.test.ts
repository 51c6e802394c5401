import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amountDue, owedBeyond } from '../../src/lib/bounty/confidence.js';
import { stewardDueSlot } from '../../src/lib/plan/interval.js';
import { expectedPayments, paidOf, payingOf } from '../../src/lib/plan/schedule.js';
import { bountyOf, contractOf, DAY, DEVNET, keptOf } from './samples.js';

const at = (slot: number) => ({ slot, params: DEVNET });

test('property: at most one payment a day, in order, up to the end of the term; together what is owed by then', () => {
  const contract = fc.record({
    confidence: fc.integer({ min: 0, max: 5 }),
    price: fc.bigInt({ min: 0n, max: 10_000n }),
    maxCredit: fc.bigInt({ min: 0n, max: 20_000n }),
    credit: fc.bigInt({ min: 0n, max: 5_000n }),
    termSlots: fc.integer({ min: 1, max: 100 * DAY }),
    dueSlot: fc.integer({ min: 1000, max: 1600 }),
  });
  fc.assert(
    fc.property(
      contract,
      fc.integer({ min: 1000, max: 1800 }),
      fc.integer({ min: 1, max: 90 }),
      (change, slot, days) => {
        const paying = contractOf({ size: 1 << 30, ...change });
        const untilSlot = slot + days * DAY - 1;
        const payments = [...expectedPayments(paying, { now: at(slot), untilSlot })];
        const end = paying.startSlot + paying.termSlots;
        assert.ok(payments.length <= days + 1, `${payments.length} in ${days} days`);
        for (const [i, { slot: due, amount }] of payments.entries()) {
          assert.ok(due >= slot && due <= untilSlot && amount >= 0n);
          const before = payments[i - 1];
          if (before) assert.ok(due - before.slot >= DAY || due === end, `${before.slot} ${due}`);
        }
        const last = payments.at(-1);
        if (!last) return;
        const slots = Math.min(last.slot, end) - paying.paidUntilSlot;
        const owed = owedBeyond(
          amountDue({ price: paying.price, size: paying.size, slots, daySlots: DAY }),
          paying.credit,
        );
        const paid = payments.reduce((sum, { amount }) => sum + amount, 0n);
        // Each is rounded up.
        assert.ok(paid >= owed && paid <= owed + BigInt(payments.length), `${paid} for ${owed}`);
      },
    ),
    { numRuns: 500 },
  );
});

test('a contract that ran out and is paid has no payment to come; one that is not, its last', () => {
  const over = contractOf({ termSlots: 5 * DAY, paidUntilSlot: 1000 + 5 * DAY });
  const look = { now: at(2000), untilSlot: 2000 + 30 * DAY };
  assert.deepEqual([...expectedPayments(over, look)], []);
  assert.deepEqual(
    [...expectedPayments({ ...over, paidUntilSlot: 1000 + 4 * DAY }, look)],
    [{ slot: 2000, amount: 100n }],
  );
});

test('what is posted is taken to be claimed, with its excess as credit; a single payment that lapsed is due', () => {
  const now = at(1030);
  const open = payingOf(contractOf({ bounty: bountyOf('claimed', { amount: 130n }) }), now);
  assert.deepEqual([open.paidUntilSlot, open.confidence, open.credit, open.dueSlot], [1010, 1, 30n, 1010 + 7 * DAY]);
  const lapsed = payingOf(contractOf({ bounty: bountyOf('returned'), dueSlot: 5000 }), now);
  assert.deepEqual([lapsed.paidUntilSlot, lapsed.dueSlot], [1000, 1030]);
  const failed = contractOf({ bounty: bountyOf('failed') });
  assert.equal(payingOf(failed, now), failed);
});

test('a steward counts on who pays in time alone', () => {
  const kept = keptOf();
  const due = stewardDueSlot(kept, DEVNET);
  assert.deepEqual([paidOf(kept, at(due))?.dueSlot, paidOf(kept, at(due + 1))], [due, undefined]);
  assert.equal(paidOf({ ...kept, state: 'ended' }, at(due)), undefined);
});
