import { test } from 'node:test';
import { isPaid, placeBlobs, stageOf } from './story.js';

test('threat 24: cut at any write of a payment and its settling, the owner comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward'], 'owner');
  await placeBlobs(stage, ['one', 'two']);
  stage.acts = new Set(['pay', 'settle']);
  await stage.run(() => isPaid(stage, 2));
  stage.assertCovered();
});
