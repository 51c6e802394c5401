import { test } from 'node:test';
import { isPaid, placeBlobs, stageOf } from './story.js';

test('threat 24: a controller killed at any write, and its node not, comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward'], 'owner');
  await placeBlobs(stage, ['one', 'two']);
  stage.manner = 'controller';
  stage.acts = new Set(['fund', 'award', 'pay', 'settle']);
  await stage.run(() => isPaid(stage, 2));
  stage.assertCovered();
});
