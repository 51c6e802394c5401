import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Heap } from '../../src/lib/util/heap.js';

test('what goes in comes out in order, also in between', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 50 }))), (steps) => {
      const heap = new Heap<number>((a, b) => a < b);
      let model: number[] = [];
      for (const step of steps) {
        if (step !== null) {
          heap.push(step);
          model = [...model, step].sort((a, b) => a - b);
        } else {
          assert.equal(heap.pop(), model.shift());
        }
      }
      for (const value of model) assert.equal(heap.pop(), value);
      assert.equal(heap.pop(), undefined);
    }),
  );
});
