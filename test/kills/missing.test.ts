import { test } from 'node:test';
import { isPaid, placeBlobs, stageOf } from './story.js';

test('threat 24: cut at any write while an expired batch is revoked and posted by halves, the owner comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward'], 'owner');
  await placeBlobs(stage, ['one', 'two']);
  await stage.run(() => isPaid(stage, 2));
  stage.asleep.add('steward');
  stage.acts = new Set(['pay', 'revoke']);
  const { owned } = stage.machine('owner').node.context.books;
  await stage.run(async () => (await owned.all()).every(({ attempt }) => attempt === 1));
  stage.assertCovered();
});
