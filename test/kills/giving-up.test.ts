import { test } from 'node:test';
import { isPaid, placeBlobs, stageOf } from './story.js';

test('threat 24: cut at any write while what stays unclaimed is given up, the owner comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward'], 'owner');
  await placeBlobs(stage, ['one', 'two']);
  await stage.run(() => isPaid(stage, 2));
  stage.asleep.add('steward');
  const { owned } = stage.machine('owner').node.context.books;
  await stage.run(async () => (await owned.all()).every(({ attempt }) => attempt === 1));
  stage.acts = new Set(['mia']);
  await stage.run(async () => (await owned.all()).every(({ state }) => state === 'mia'));
  stage.assertCovered();
});
