import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempDir } from '../helpers/temp.js';
import { chunks, lying, noise, openShop, partial } from './blobs-helpers.js';
import { killed } from './blobs-killing.js';
import { bookedIn, openHome } from './blobs-process.js';

test('threat 24: killed anywhere while it stores and removes, a store has what is booked, whole, and nothing else', async (t) => {
  const home = tempDir(t);
  for (let round = 0; round < 12; round++) {
    await killed(t, ['put', home], 20 + Math.random() * 150);
    const { db, blobs } = await openHome(home);
    await blobs.leftovers.cleared();
    const root = blobs.roots.roots[0]!.path;
    const booked = await bookedIn(db);
    assert.deepEqual(partial(root), []);
    const here = lying(root);
    // A removal deletes the bytes first: killed behind that, one name a writer may stand alone.
    assert.deepEqual(
      here.filter((uuid) => !booked.includes(uuid)),
      [],
    );
    assert.ok(booked.filter((uuid) => !here.includes(uuid)).length <= 3 * (round + 1));
    for (const uuid of here) assert.deepEqual(await blobs.check(uuid), { good: true, reason: null });
    await blobs.close();
    await db.close();
  }
});

test('what was stored and could not be booked goes at once, and what was booked late stays', async (t) => {
  const wanted = new Set<string>();
  const shop = await openShop(t, { wanted });
  const failed = await shop.blobs.put(chunks(noise('failed', 100)));
  const twice = await shop.blobs.put(chunks(noise('twice', 100)));
  const again = await shop.blobs.put(chunks(noise('twice', 100)));
  assert.equal(lying(shop.root).length, 2);
  await failed.release();
  assert.deepEqual(lying(shop.root), [twice.uuid]);
  // Its other writer has not booked it yet.
  await twice.release();
  assert.deepEqual(lying(shop.root), [twice.uuid]);
  wanted.add(again.uuid);
  await again.release();
  assert.deepEqual(lying(shop.root), [again.uuid]);
  await again.release();
  wanted.clear();
  await shop.close();
  // Settled: it is not asked about again.
  const restarted = await openShop(t, { home: shop.home, wanted });
  await restarted.blobs.leftovers.cleared();
  assert.deepEqual(lying(shop.root), [again.uuid]);
});
