import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { dealer, MAX_CARDS } from '../../src/lib/bounty/deck.js';
import { concat, toHex } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { dealOnWorkers } from '../../src/lib/workers/deal.js';
import { DEAL_PIECE_BYTES } from '../../src/lib/workers/dealing.js';
import { hashFile } from '../../src/lib/workers/hash.js';
import { noise } from '../codec/helpers.js';
import { fill, openWith } from './helpers.js';

const KEY = new Uint8Array(32).fill(7);

function dealt(bytes: Uint8Array, dealSlot: number, count: number): Uint8Array[] {
  const deal = dealer(KEY, dealSlot, count, bytes.length);
  deal.update(bytes);
  return deal.finish();
}

test('property: threads deal the cards that one thread deals, from anywhere in a file', async (t) => {
  const bytes = noise(20_000);
  const fd = openWith(t, bytes);
  const extents = fc
    .tuple(fc.nat(bytes.length), fc.nat(bytes.length))
    .map(([a, b]) => ({ fd, start: Math.min(a, b), size: Math.abs(a - b) }));
  const counts = fc.oneof(fc.integer({ min: 1, max: 30 }), fc.constantFrom(1, 2, 255));
  await fc.assert(
    fc.asyncProperty(
      extents,
      fc.nat(),
      counts,
      fc.integer({ min: 1, max: 5 }),
      async (extent, slot, count, threads) => {
        const cards = await dealOnWorkers(extent, { key: KEY, dealSlot: slot, count }, threads);
        assert.deepEqual(cards, dealt(bytes.subarray(extent.start, extent.start + extent.size), slot, count));
      },
    ),
    { numRuns: 30 },
  );
});

test('sizes around the ring’s pieces, and many times around the ring', async (t) => {
  const piece = DEAL_PIECE_BYTES;
  const bytes = noise(70 * piece + 5);
  const fd = openWith(t, bytes);
  for (const size of [0, 1, piece - 1, piece, piece + 1, 33 * piece, bytes.length - 1]) {
    for (const threads of [2, 3]) {
      const cards = await dealOnWorkers({ fd, start: 1, size }, { key: KEY, dealSlot: size, count: 3 }, threads);
      assert.deepEqual(cards, dealt(bytes.subarray(1, 1 + size), size, 3), `${size} bytes on ${threads} threads`);
    }
  }
});

test('the longest deck; none and too many are a bug', async (t) => {
  const fd = openWith(t, noise(1000));
  const extent = { fd, start: 0, size: 1000 };
  assert.deepEqual(
    await dealOnWorkers(extent, { key: KEY, dealSlot: 1, count: MAX_CARDS }, 3),
    dealt(noise(1000), 1, MAX_CARDS),
  );
  for (const count of [0, MAX_CARDS + 1]) {
    for (const threads of [1, 2]) {
      await assert.rejects(dealOnWorkers(extent, { key: KEY, dealSlot: 1, count }, threads), /invariant/);
    }
  }
});

test('a file that is shorter than was said fails, on every thread, and leaves the threads to others', async (t) => {
  const bytes = noise(5 * DEAL_PIECE_BYTES);
  const fd = openWith(t, bytes);
  const extent = { fd, start: 0, size: 9 * DEAL_PIECE_BYTES };
  for (const threads of [1, 3]) {
    await assert.rejects(dealOnWorkers(extent, { key: KEY, dealSlot: 1, count: 5 }, threads), (error) => {
      return isFailure(error) && error.code === 'temporary';
    });
  }
  await assert.rejects(hashFile(extent), isFailure);
  fill(fd, concat(bytes, bytes));
  const cards = await dealOnWorkers(extent, { key: KEY, dealSlot: 1, count: 5 }, 3);
  assert.deepEqual(cards, dealt(concat(bytes, bytes).subarray(0, extent.size), 1, 5));
});

test('property: hashes are those of the bytes', async (t) => {
  const bytes = noise(200_000);
  const fd = openWith(t, bytes);
  await fc.assert(
    fc.asyncProperty(fc.nat(bytes.length), fc.nat(bytes.length), async (a, b) => {
      const [start, end] = [Math.min(a, b), Math.max(a, b)];
      const part = bytes.subarray(start, end);
      const extent = { fd, start, size: part.length };
      assert.equal(toHex(await hashFile(extent)), createHash('sha256').update(part).digest('hex'));
    }),
    { numRuns: 20 },
  );
});
