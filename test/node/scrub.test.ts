import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { TokenBucket } from '../../src/lib/node/scrub.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { World } from './helpers.js';
import { putBlob } from './market.js';

test('a bounded rate is never exceeded by more than a tenth of a second, nor by much undercut', async () => {
  const steps = fc.array(fc.tuple(fc.nat(5000), fc.nat(300)), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 100, max: 20_000 }), steps, async (rate, takes) => {
      let now = 1000;
      let idle = 0;
      const bucket = new TokenBucket(
        rate,
        () => now,
        async (ms) => {
          now += ms;
        },
      );
      let taken = 0;
      for (const [bytes, pause] of takes) {
        now += pause;
        idle += pause;
        await bucket.take(bytes);
        taken += bytes;
        const seconds = (now - 1000) / 1000;
        assert.ok(taken <= rate * (seconds + 0.1) + 1e-6);
        // It waits for what it took, not for more.
        assert.ok(taken >= rate * (seconds - idle / 1000) - rate * 0.1 - 1e-6);
      }
    }),
  );
});

test('a check of all blobs takes its time, and ends when its reader goes away', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  for (const name of ['a', 'b', 'c']) await putBlob(owner, name, 3000);
  const handlers = blobHandlers(owner.context);
  const slow = new AbortController();
  const started = performance.now();
  const records = handlers['blob.scrub']({ rate: 20_000 }, { signal: slow.signal })[Symbol.asyncIterator]();
  for (let i = 0; i < 3; i++) assert.equal((await records.next()).done, false);
  // 9,000 bytes but for the first tenth of a second's worth.
  assert.ok(performance.now() - started > 300);
  const cut = new AbortController();
  const left = handlers['blob.scrub']({ rate: 1 }, { signal: cut.signal })[Symbol.asyncIterator]();
  const next = left.next();
  setTimeout(() => cut.abort(), 50);
  await assert.rejects(next, (error) => isFailure(error) && error.code === 'temporary');
});
