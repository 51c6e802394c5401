import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { tempDir } from '../helpers/temp.js';
import { chunks, lying, noise, openShop, partial } from './blobs-helpers.js';
import { killed } from './blobs-killing.js';
import { openHome } from './blobs-process.js';

test('threat 24: killed anywhere while it moves, every blob is whole in one root at least', async (t) => {
  const home = tempDir(t);
  const other = tempDir(t);
  const first = await openHome(home);
  const uuids: string[] = [];
  for (let i = 0; i < 6; i++) uuids.push((await first.blobs.put(chunks(noise(`${i}`, 20_000 * i)))).uuid);
  await first.blobs.close();
  await first.db.close();
  // Nothing is booked here: the moves are not to hang on that, so the intents of the puts are settled first.
  const settled = await openShop(t, { home });
  await settled.blobs.leftovers.cleared();
  await settled.close();
  for (let round = 0; round < 10; round++) {
    await killed(t, ['move', home, other], 20 + Math.random() * 120);
    const shop = await openShop(t, { home });
    for (const root of shop.blobs.roots.roots) assert.deepEqual(partial(root.path), []);
    const here = new Set(shop.blobs.roots.roots.flatMap(({ path }) => lying(path)));
    assert.deepEqual([...here].sort(), [...uuids].sort());
    for (const uuid of uuids) assert.deepEqual(await shop.blobs.check(uuid), { good: true, reason: null });
    for (const { path } of shop.blobs.roots.roots) assert.equal(existsSync(`${path}/corrupt`), false);
    await shop.close();
  }
});
