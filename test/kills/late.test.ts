import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import { isPaid, placeBlobs, stageOf } from './story.js';

const DAYS_LATE = 20;

test('a tick that comes days late catches up with one bounty for all that its steward is owed', async (t) => {
  const stage = await stageOf(t, ['steward'], 'owner');
  await placeBlobs(stage, ['one', 'two']);
  await stage.run(() => isPaid(stage, 2));
  const { world } = stage.cast;
  const { node } = stage.machine('owner');
  const { books } = node.context;
  const known = new Set((await books.bounties.all()).map(({ id }) => id));
  await world.mine({ slots: DAYS_LATE * world.params.daySlots });
  const late = world.slot;
  // Nobody claims meanwhile: what is out must not be paid beside itself.
  stage.asleep.add('steward');
  const fresh = async () => (await books.bounties.all()).filter(({ id }) => !known.has(id));
  await stage.run(async () => (await fresh()).some((entry) => bountyState(node.context, entry) === 'open'));
  await stage.run(async () => world.slot >= late + world.params.daySlots);
  const [bounty, ...more] = await fresh();
  assert.deepEqual(more, []);
  assert.equal(bounty!.items.length, 2);
  const owned = await books.owned.all();
  assert.ok(owned.every(({ coversUntilSlot, payIndex }) => coversUntilSlot >= late && payIndex === 2));
});
