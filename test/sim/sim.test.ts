import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AdversaryName, World } from './world.js';

const run = (seed: string, adversaries: AdversaryName[], nodes = 4, minutes = 1.5) =>
  new World({ seed, nodes, minutes }, adversaries).run();

test('a seed is all that a run depends on', async () => {
  const [once, again] = [await run('same', ['Withholder'], 4, 1), await run('same', ['Withholder'], 4, 1)];
  assert.deepEqual(again, once);
});

for (const name of ['Withholder', 'Equivocator', 'ClockGrinder', 'Stuffer', 'Flooder'] as const) {
  test(`${name}: safe and alive, through crashes, losses and wrong clocks`, async () => {
    const { adversaries, height } = await run(`npm test ${name}`, [name]);
    assert.deepEqual(adversaries, [`${name}-0`]);
    assert.ok(height > 3);
  });
}

test('the judge sees two halves that stay apart for longer than k blocks', async () => {
  const world = new World({ seed: 'apart', nodes: 4, minutes: 10 }, []);
  const names = world.nodes.map(({ name }) => name);
  const { net } = world;
  const split = net.partition.bind(net);
  world.time.after(1_000, () => split(new Map(names.map((name, i) => [name, i % 2]))));
  world.net.partition = () => undefined;
  await assert.rejects(world.run(), /differ/);
});
