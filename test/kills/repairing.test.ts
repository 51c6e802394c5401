import { test } from 'node:test';
import { isPaid, placeFile, stageOf } from './story.js';

test('threat 24: cut at any write of a repair and the advert that follows, the owner comes to the same place', async (t) => {
  const stage = await stageOf(t, ['steward', 'vanishing'], 'owner');
  await placeFile(stage);
  await stage.run(() => isPaid(stage, 2));
  stage.asleep.add('vanishing');
  stage.acts = new Set(['repair', 'advertise']);
  const { blobs } = stage.machine('owner').node.context.books;
  const isNext = ({ generation, state }: { generation: number | null; state: string }) =>
    generation === 1 && state === 'advertised';
  await stage.run(async () => (await blobs.all()).some(isNext));
  stage.assertCovered();
});
