import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK, expectedBlocks, isAbsent, missedSince } from '../../../src/lib/chain/stake/absence.js';
import { leaderConstant } from '../../../src/lib/chain/stake/logarithm.js';
import { leaderThreshold } from '../../../src/lib/chain/stake/threshold.js';

const c = leaderConstant([1, 10]);
const SLOTS = 36_000;

test('of all stake a block is expected every 1/f slots', () => {
  assert.equal(expectedBlocks(leaderThreshold(c, 7n, 7n), SLOTS), 3_600n * BLOCK);
  assert.equal(expectedBlocks(0n, SLOTS), 0n);
  // 1 − 0.9^0.01 = 0.00105305… of the slots, a little more than a hundredth of the blocks: nobody else took them.
  assert.equal(expectedBlocks(leaderThreshold(c, 1n, 100n), SLOTS) / BLOCK, 37n);
});

/** Epochs until a bond that signs nothing is absent. */
function epochsUntilAbsent(stake: bigint): number {
  const each = expectedBlocks(leaderThreshold(c, stake, 10_000n), SLOTS);
  let missed = 0n;
  for (let epoch = 1; ; epoch++) {
    missed = missedSince(missed, each, false);
    if (isAbsent(missed)) return epoch;
  }
}

test('a large bond is absent after an epoch, a small one after many, as 20 blocks take', () => {
  assert.deepEqual([5_000n, 100n, 10n, 1n].map(epochsUntilAbsent), [1, 1, 6, 53]);
});

test('one block signed, and nothing is held against it', () => {
  assert.equal(missedSince(19n * BLOCK, 5n * BLOCK, true), 0n);
  assert.equal(isAbsent(missedSince(19n * BLOCK, BLOCK - 1n, false)), false);
  assert.equal(isAbsent(missedSince(19n * BLOCK, BLOCK, false)), true);
});
