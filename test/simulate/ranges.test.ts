import assert from 'node:assert/strict';
import { test } from 'node:test';
import { points, RANGES, SWEPT } from './ranges.js';

test('a sweep takes each parameter once from each part of its range, the same for the same number of seeds', () => {
  const all = points(100);
  assert.deepEqual(points(100), all);
  for (const name of SWEPT) {
    const { from, to } = RANGES[name];
    const width = (to - from) / 100;
    const sorted = all.map((point) => point[name]).sort((a, b) => a - b);
    // Rounding moves a value by half of one at most, where only whole ones are taken.
    const slack = 'whole' in RANGES[name] ? 0.5 : to / 200;
    for (const [part, value] of sorted.entries()) {
      assert.ok(value >= from + part * width - slack && value <= from + (part + 1) * width + slack, `${name} ${value}`);
    }
  }
});
