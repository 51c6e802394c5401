import assert from 'node:assert/strict';
import { renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { attachRoot, detachRoot } from '../../src/lib/store/blobs-attach.js';
import { moveAll } from '../../src/lib/store/blobs-move.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';
import { chunks, failsWith, keep, lying, openShop, type Shop } from './blobs-helpers.js';

/** A path that leads nowhere but to an error that is not absence, for root as well: a link to itself. */
function hide(path: string): () => void {
  renameSync(path, `${path}.away`);
  symlinkSync(path, path);
  return () => {
    unlinkSync(path);
    renameSync(`${path}.away`, path);
  };
}

/** Blobs in several folders, the first of them in one that cannot be read. */
async function hidden(t: TestContext, wanted = new Set<string>()) {
  const shop = await openShop(t, { wanted });
  const uuids: string[] = [];
  for (const name of ['a', 'b', 'c', 'd']) uuids.push(await keepWanted(shop, wanted, name));
  const [uuid, ...others] = uuids;
  const folder = join(shop.root, uuid!.slice(0, 2));
  return { shop, wanted, uuid: uuid!, others: others.sort(), folder, show: hide(folder) };
}

async function keepWanted({ blobs }: Shop, wanted: Set<string>, name: string): Promise<string> {
  const { uuid, release } = await blobs.put(chunks(utf8(name)));
  wanted.add(uuid);
  await release();
  return uuid;
}

const may = /may be on .*, which cannot be read: /;

test('a blob in a folder that cannot be read is not gone', async (t) => {
  const { shop, wanted, uuid, others, folder, show } = await hidden(t);
  const { blobs } = shop;
  assert.equal(blobs.mayHold(uuid), true);
  for (const ask of ['has', 'open', 'openGood', 'check', 'remove'] as const)
    await assert.rejects(blobs[ask](uuid), failsWith('temporary', may));
  assert.equal(await blobs.has(others[0]!), true);
  const seen: string[] = [];
  const reading = async () => {
    for await (const place of blobs.entries()) seen.push(place.uuid);
  };
  await assert.rejects(reading, failsWith('failure', new RegExp(`reading ${folder}`)));
  assert.deepEqual(seen, others, 'the others all the same');
  show();
  assert.equal(await blobs.has(uuid), true);
  // What nobody needs any more goes once it can be seen.
  const hideAgain = hide(folder);
  wanted.delete(uuid);
  await blobs.letGo(uuid);
  blobs.leftovers.clear();
  await blobs.leftovers.cleared();
  hideAgain();
  assert.equal(await blobs.has(uuid), true);
  blobs.leftovers.clear();
  await blobs.leftovers.cleared();
  assert.equal(await blobs.has(uuid), false);
});

test('a root with something that cannot be read is neither moved whole nor detached', async (t) => {
  const { shop, uuid, others, folder, show } = await hidden(t);
  const { blobs } = shop;
  const to = await attachRoot(blobs.roots, tempDir(t));
  const moving = async (from = blobs.roots.at(shop.root)!, target = to) => {
    for await (const moved of moveAll(blobs, [from], target)) assert.equal(moved.status, 'moved');
  };
  await assert.rejects(moving(), failsWith('failure', new RegExp(`reading ${folder}`)));
  assert.deepEqual(lying(to.path), others);
  show();
  await moving();
  assert.deepEqual(lying(to.path), [uuid, ...others].sort());
  // A single file of it.
  hide(join(to.path, uuid.slice(0, 2), uuid));
  await assert.rejects(moving(to, blobs.roots.at(shop.root)!), failsWith('temporary', may));
  await assert.rejects(detachRoot(blobs, to, false), failsWith('temporary', may));
  assert.equal(blobs.roots.at(to.path), to);
});

test('while one root cannot be read whole, the copy in another serves', async (t) => {
  const { shop, uuid, show } = await hidden(t);
  const { blobs } = shop;
  await attachRoot(blobs.roots, tempDir(t));
  await blobs.roots.change(blobs.roots.at(shop.root)!, { state: 'draining' });
  assert.equal(await keep(shop, utf8('a')), uuid);
  assert.equal((await blobs.check(uuid)).good, true);
  show();
});
