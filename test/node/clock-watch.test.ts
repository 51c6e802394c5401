import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClockWatch, medianOf } from '../../src/lib/node/clock-watch.js';
import type { Context } from '../../src/lib/node/context.js';

function watching(...rounds: number[][]) {
  const said: string[] = [];
  const log = {
    error: ({ ahead_ms }: { ahead_ms: number }) => said.push(`off by ${ahead_ms}`),
    info: () => said.push('right'),
  } as unknown as Context['log'];
  const clocks = async () => rounds.shift() ?? [];
  return { watch: new ClockWatch({ log, network: { clocks } }), said };
}

test('a second beside what most peers say, and nothing is made', async () => {
  const { watch, said } = watching([1000, 1000, 9], [-1001, -5000, 4], [-1500, -1500, -1500], [0, 1, 2], []);
  const states: boolean[] = [watch.astray];
  for (let round = 0; round < 5; round++) {
    await watch.look();
    states.push(watch.astray);
  }
  assert.deepEqual(states, [false, false, true, true, false, false]);
  assert.deepEqual(said, ['off by 1001', 'off by 1500', 'right']);
});

test('two peers, or half of them, stop nobody', async () => {
  const { watch } = watching([9e9, 9e9], [9e9, 9e9, 1, 2]);
  for (let round = 0; round < 2; round++) {
    await watch.look();
    assert.equal(watch.astray, false);
  }
  assert.equal(medianOf([3, -1, 2]), 2);
  assert.equal(medianOf([-5, 4]), 4);
});
