import { test } from 'node:test';
import { isPaid, placeBlobs, stageOf } from './story.js';

test('threat 24: cut at any write of a bid, a sweep and a prune, the steward comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward'], 'steward');
  await placeBlobs(stage, ['one', 'two']);
  stage.acts = new Set(['commit', 'reveal', 'sweep', 'prune']);
  await stage.run(() => isPaid(stage, 2));
  stage.asleep.add('owner');
  const { kept } = stage.machine('steward').node.context.books;
  await stage.run(async () => (await kept.all()).every(({ state }) => state === 'pruned'));
  stage.assertCovered();
});
