import { test } from 'node:test';
import { placeBlobs, stageOf } from './story.js';

test('threat 24: cut at any write of making accounts and of an award, the owner comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward'], 'owner');
  await placeBlobs(stage, ['one', 'two']);
  stage.acts = new Set(['fund', 'award']);
  const { owned } = stage.machine('owner').node.context.books;
  await stage.run(async () => (await owned.all()).length === 2);
  stage.assertCovered();
});
