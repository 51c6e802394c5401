import assert from 'node:assert/strict';
import { test } from 'node:test';
import { World } from './world.js';

test('over to stake: who signs twice in a slot is slashed, who crashes is not', async () => {
  const world = new World({ seed: 'a', nodes: 4, minutes: 12, stake: true }, ['Equivocator']);
  const { led, slashed } = await world.run();
  assert.ok(led > 20);
  assert.equal(slashed, 1);
});
