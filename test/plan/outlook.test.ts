import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { prunableSlot, stewardDueSlot } from '../../src/lib/plan/interval.js';
import { outlook } from '../../src/lib/plan/outlook.js';
import { prunePlan } from '../../src/lib/plan/prune.js';
import type { StewardBounty } from '../../src/lib/plan/types.js';
import { DAY, DEVNET, keptOf, nowAt } from './samples.js';

const at = (slot: number) => ({ slot, params: DEVNET });

test('what a blob earned and is owed, what comes next, and until when it is kept', () => {
  const contract = keptOf({ earned: 100n, lastPaidSlot: 1000 + DAY });
  const due = stewardDueSlot(contract, DEVNET);
  const seen = outlook([contract], [], at(1000 + DAY + 5));
  // 10 grains a slot; a day is paid for.
  assert.deepEqual([seen.state, seen.earned, seen.owed], ['live', 100n, 50n]);
  assert.deepEqual(seen.next, { slot: due, amount: BigInt(10 * (due - 1000 - DAY)) });
  assert.equal(seen.keptUntilSlot, prunableSlot(contract, DEVNET));
  assert.equal(seen.endSlot, contract.startSlot + contract.termSlots);
  assert.equal(outlook([contract], [], at(due + 1)).state, 'late');
  assert.equal(outlook([contract], [], at(seen.keptUntilSlot)).state, 'late');
  assert.equal(outlook([contract], [], at(seen.keptUntilSlot + 1)).state, 'prunable');
});

test('a contract paid to its end is owed nothing, and keeps its blob until then', () => {
  const end = 1000 + 365 * DAY;
  const contract = keptOf({ earned: BigInt(10 * 365 * DAY), lastPaidSlot: end });
  const seen = outlook([contract], [], at(end - 1));
  assert.deepEqual([seen.state, seen.owed, seen.next, seen.keptUntilSlot], ['live', 0n, null, end]);
});

test('of several contracts the last keeps the blob; what was pruned counts as earned alone', () => {
  const late = keptOf({ id: 'c1' });
  const paid = keptOf({ id: 'c2', earned: 1000n, lastPaidSlot: 1000 + 5 * DAY });
  const gone = keptOf({ id: 'c3', earned: 7n, state: 'pruned', startSlot: 5 });
  const both = outlook([late, paid, gone], [], at(1000 + DAY));
  assert.equal(both.keptUntilSlot, prunableSlot(paid, DEVNET));
  assert.equal(both.earned, 1007n);
  assert.equal(both.next?.slot, stewardDueSlot(late, DEVNET));
});

test('property: prunable is what the plan prunes', () => {
  const contracts = fc.array(
    fc.record({
      earned: fc.bigInt({ min: 0n, max: 4000n }),
      lastPaidSlot: fc.integer({ min: 1000, max: 1400 }),
      confidence: fc.integer({ min: 0, max: 4 }),
      termSlots: fc.integer({ min: DAY, max: 40 * DAY }),
      state: fc.constantFrom('live' as const, 'ended' as const),
    }),
    { minLength: 1, maxLength: 3 },
  );
  const bounty = fc.record({
    expiresSlot: fc.integer({ min: 1000, max: 2500 }),
    fits: fc.constantFrom(true, false, null),
    claimed: fc.boolean(),
  });
  fc.assert(
    fc.property(contracts, fc.option(bounty), fc.integer({ min: 1400, max: 2500 }), (changes, open, slot) => {
      const openBounty: StewardBounty | null = open && { id: 'b1', ...open };
      const list = changes.map((change, i) => keptOf({ id: `c${i}`, ...change, openBounty }));
      const seen = outlook(list, openBounty ? [openBounty] : [], at(slot));
      const pruned = prunePlan({ now: nowAt(slot), contracts: list, claimable: [] });
      // Of a contract that ended, its end is the last slot, wherever that lies.
      fc.pre(list.every(({ state, startSlot, termSlots }) => state === 'live' || startSlot + termSlots < slot));
      assert.equal(seen.state === 'prunable', pruned.length === 1);
    }),
    { numRuns: 300 },
  );
});
