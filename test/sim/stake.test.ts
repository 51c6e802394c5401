import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from './world.js';

test('over to stake: who signs twice in a slot is slashed, who crashes is not', async () => {
  const world = new World({ seed: 'a', nodes: 4, minutes: 12, stake: true }, ['Equivocator']);
  const { led, slashed } = await world.run();
  assert.ok(led > 20);
  assert.equal(slashed, 1);
});

test('over to stake: a bond that signs nothing stalls nobody', async () => {
  const world = new World({ seed: 'a', nodes: 4, minutes: 12, stake: true }, ['Sleeper']);
  const { led, slashed, adversaries } = await world.run();
  assert.deepEqual(adversaries, ['Sleeper-0']);
  assert.ok(led > 20);
  assert.equal(slashed, 0);
});
