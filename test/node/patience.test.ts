import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Patience } from '../../src/lib/node/patience.js';
import { isFailure } from '../../src/lib/util/errors.js';

const failing = async () => {
  throw new Error('still broken');
};
const tooSoon = (error: unknown) => isFailure(error) && error.code === 'temporary' && /tried again/.test(error.message);

/** The slots, up to a last one, in which the work was really tried. */
async function tries(patience: Patience, name: string, last: number): Promise<number[]> {
  const tried: number[] = [];
  for (let slot = 0; slot <= last; slot++) {
    await patience
      .during(name, slot, async () => {
        tried.push(slot);
        await failing();
      })
      .catch(() => undefined);
  }
  return tried;
}

test('what failed waits, then twice as long each time, up to the most', async () => {
  assert.deepEqual(await tries(new Patience(4, 20), 'a', 90), [0, 4, 12, 28, 48, 68, 88]);
});

test('a try within the wait is refused as temporary, and the work not begun', async () => {
  const patience = new Patience(4, 20);
  await assert.rejects(patience.during('a', 10, failing), /still broken/);
  await assert.rejects(patience.during('a', 13, failing), tooSoon);
  await assert.rejects(patience.during('a', 14, failing), /still broken/);
});

test('one name waits alone, and success forgets all waits', async () => {
  const patience = new Patience(4, 20);
  await assert.rejects(patience.during('a', 0, failing));
  assert.equal(await patience.during('b', 1, async () => 'done'), 'done');
  assert.equal(await patience.during('a', 4, async () => 'done'), 'done');
  await assert.rejects(patience.during('a', 5, failing), /still broken/);
  await assert.rejects(patience.during('a', 8, failing), tooSoon);
  await assert.rejects(patience.during('a', 9, failing), /still broken/);
});
