import { test } from 'node:test';
import { Random } from '../sim/random.js';
import { isPaid, placeBlobs, stageOf } from './story.js';

const KILLS = 3;

test('threat 24: a process killed by a signal at a write drawn by lot, started again, comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward'], 'owner');
  await placeBlobs(stage, ['one', 'two']);
  const random = new Random('signal');
  stage.manner = 'signal';
  stage.choose = (cuts) => Array.from({ length: KILLS }, () => cuts[random.int(0, cuts.length - 1)]!);
  stage.acts = new Set(['pay']);
  await stage.run(() => isPaid(stage, 2));
  stage.assertCovered();
});
