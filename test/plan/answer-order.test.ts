import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { answerOrder, type Pace, type Question } from '../../src/lib/plan/answer-order.js';

const PACE: Pace = { slot: 100, bytesPerSlot: 10 };

const question = (sizes: fc.Arbitrary<number>): fc.Arbitrary<Omit<Question, 'id'>> =>
  fc.record({
    amount: fc.bigInt({ min: 0n, max: 1000n }),
    bytes: sizes,
    deadlineSlot: fc.integer({ min: 95, max: 120 }),
  });
const named = (list: Omit<Question, 'id'>[]): Question[] => list.map((rest, i) => ({ ...rest, id: String(i) }));
const questions = (sizes: fc.Arbitrary<number>, maxLength: number) =>
  fc.array(question(sizes), { maxLength }).map(named);
const anySize = fc.integer({ min: 1, max: 60 });

/** What is answered by its deadline in this order. */
function inTime(order: readonly Question[], { slot, bytesPerSlot }: Pace): Question[] {
  let bytes = 0;
  return order.filter((one) => {
    bytes += one.bytes;
    return bytes <= (one.deadlineSlot - slot) * bytesPerSlot;
  });
}

const worth = (list: readonly Question[]) => list.reduce((sum, { amount }) => sum + amount, 0n);
const byDeadline = (list: readonly Question[]) => [...list].sort((a, b) => a.deadlineSlot - b.deadlineSlot);
const ids = (list: readonly Question[]) => list.map(({ id }) => id);

test('each comes once, whatever the order of the input', () => {
  fc.assert(
    fc.property(questions(anySize, 30), fc.infiniteStream(fc.integer()), (list, draws) => {
      const order = answerOrder(list, PACE);
      assert.deepEqual(ids(order).sort(), ids(list).sort());
      const shuffled = list
        .map((one) => ({ one, draw: draws.next().value as number }))
        .sort((a, b) => a.draw - b.draw)
        .map(({ one }) => one);
      assert.deepEqual(ids(answerOrder(shuffled, PACE)), ids(order));
    }),
  );
});

test('where all can be answered in time, all are', () => {
  fc.assert(
    fc.property(questions(anySize, 30), (list) => {
      fc.pre(inTime(byDeadline(list), PACE).length === list.length);
      assert.equal(inTime(answerOrder(list, PACE), PACE).length, list.length);
    }),
    { numRuns: 200 },
  );
});

test('of questions of one size the most is earned that can be', () => {
  fc.assert(
    fc.property(questions(fc.constant(30), 8), (list) => {
      let best = 0n;
      for (let chosen = 0; chosen < 1 << list.length; chosen++) {
        const some = byDeadline(list.filter((_, i) => (chosen >> i) & 1));
        if (inTime(some, PACE).length === some.length && worth(some) > best) best = worth(some);
      }
      assert.equal(worth(inTime(answerOrder(list, PACE), PACE)), best);
    }),
    { numRuns: 300 },
  );
});

test('far from every deadline what is worth most per byte comes first', () => {
  fc.assert(
    fc.property(questions(anySize, 20), (list) => {
      const far = list.map((one) => ({ ...one, deadlineSlot: one.deadlineSlot + 100_000 }));
      const order = answerOrder(far, PACE);
      for (const [i, one] of order.entries()) {
        const next = order[i + 1];
        if (next) assert.ok(one.amount * BigInt(next.bytes) >= next.amount * BigInt(one.bytes));
      }
    }),
  );
});

test('two neighbours change places for worth only where a deadline forbids it', () => {
  fc.assert(
    fc.property(questions(anySize, 12), (list) => {
      const order = answerOrder(list, PACE);
      const kept = inTime(order, PACE).length;
      for (let i = 0; i + 1 < kept; i++) {
        const [a, b] = [order[i]!, order[i + 1]!];
        if (a.amount * BigInt(b.bytes) >= b.amount * BigInt(a.bytes)) continue;
        const swapped = order.with(i, b).with(i + 1, a);
        assert.ok(inTime(swapped, PACE).length < kept, `${ids(order)}: ${i}`);
      }
    }),
  );
});

test('a big one that pays little does not cost a small one its deadline', () => {
  const big = { id: 'big', amount: 100n, bytes: 200, deadlineSlot: 120 };
  const small = { id: 'small', amount: 50n, bytes: 10, deadlineSlot: 101 };
  assert.deepEqual(ids(answerOrder([big, small], PACE)), ['small', 'big']);
  const late = { id: 'late', amount: 10n ** 9n, bytes: 100, deadlineSlot: 99 };
  assert.deepEqual(ids(answerOrder([late, big, small], PACE)), ['small', 'big', 'late']);
});

test('ten thousand are ordered at once', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => ({
    ...{ id: String(i), amount: BigInt((i * 7919) % 1000), bytes: 1 + ((i * 31) % 60) },
    deadlineSlot: 100 + ((i * 104_729) % 40_000),
  }));
  const began = performance.now();
  const order = answerOrder(many, PACE);
  assert.equal(order.length, many.length);
  assert.ok(performance.now() - began < 2000);
});
