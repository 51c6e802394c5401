import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { backlogOf, lackOf } from '../../src/lib/plan/lack.js';

const SLOTS = [7, 17, 27, 37];

test('what there is falls short on the day that takes too much, and by the most that is ever missing', () => {
  assert.equal(lackOf(10n, [4n, 6n, 0n, 0n], SLOTS), null);
  assert.deepEqual(lackOf(10n, [4n, 7n, 5n, 0n], SLOTS), { slot: 17, missing: 6n });
  assert.deepEqual(lackOf(10n, [11n, -5n, 1n, 1n], SLOTS), { slot: 7, missing: 1n }, 'what comes later comes too late');
  assert.equal(lackOf(-5n, [0n, -6n, 1n, 0n], SLOTS), null, 'where nothing is due, nothing is missing');
  assert.deepEqual(lackOf(-5n, [0n, 0n, 1n, 0n], SLOTS), { slot: 27, missing: 6n });
});

test('what one day may not spend waits for the next', () => {
  assert.equal(backlogOf(5n, 0n, [5n, 5n, 0n, 5n], SLOTS), null);
  assert.deepEqual(backlogOf(5n, 1n, [5n, 5n, 0n, 5n], SLOTS), { slot: 7, missing: 1n });
  assert.deepEqual(backlogOf(5n, 0n, [0n, 9n, 4n, 8n], SLOTS), { slot: 17, missing: 6n });
  assert.deepEqual(backlogOf(0n, 9n, [0n, 0n, 2n, 2n], SLOTS), { slot: 27, missing: 4n });
});

test('property: with what is missing there would have been enough, and with a grain less there would not', () => {
  const amounts = fc.array(fc.bigInt({ min: -50n, max: 100n }), { minLength: 4, maxLength: 4 });
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 200n }), amounts, (there, taken) => {
      const lack = lackOf(there, taken, SLOTS);
      if (lack === null) return;
      assert.equal(lackOf(there + lack.missing, taken, SLOTS), null);
      assert.notEqual(lackOf(there + lack.missing - 1n, taken, SLOTS), null);
    }),
  );
});
