import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochOf, epochSlots, feedsNonce, firstSlotOf, snapshotEpoch } from '../../../src/lib/chain/stake/epoch.js';

const main = { k: 360, f: [1, 10] as [number, number] };

test('the main network: ten hours, six of them feed the nonce', () => {
  assert.equal(epochSlots(main), 36_000);
  assert.deepEqual(
    [0, 35_999, 36_000].map((slot) => epochOf(main, slot)),
    [0, 0, 1],
  );
  assert.deepEqual(
    [36_000, 57_599, 57_600, 71_999, 72_000].map((slot) => feedsNonce(main, slot)),
    [true, true, false, false, true],
  );
  assert.equal(snapshotEpoch(7), 5);
});

test('what does not divide evenly is rounded up', () => {
  const third = { k: 4, f: [3, 10] as [number, number] };
  assert.equal(epochSlots(third), 134, '133 and a third');
  assert.deepEqual(
    [79, 80].map((slot) => feedsNonce({ k: 4, f: [3, 10] }, slot)),
    [true, false],
  );
  assert.deepEqual(
    [93, 94].map((slot) => feedsNonce({ k: 5, f: [32, 100] }, slot)),
    [true, false],
    '93 and three quarters',
  );
});

test('property: epochs tile the slots, for any f', () => {
  const rates = fc.record({
    k: fc.integer({ min: 1, max: 1000 }),
    f: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 12, max: 999 })),
  });
  fc.assert(
    fc.property(rates, fc.nat(), (params, slot) => {
      const epoch = epochOf(params, slot);
      assert.ok(firstSlotOf(params, epoch) <= slot && slot < firstSlotOf(params, epoch + 1));
      assert.equal(feedsNonce(params, firstSlotOf(params, epoch)), true);
      assert.equal(feedsNonce(params, firstSlotOf(params, epoch + 1) - 1), false);
    }),
  );
});
