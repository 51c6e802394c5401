import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { attachRoot } from '../../src/lib/store/blobs-attach.js';
import { type Moved, moveAll } from '../../src/lib/store/blobs-move.js';
import { BlobRoot } from '../../src/lib/store/root.js';
import { Failure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';
import { all, chunks, failsWith, keep, lying, noise, openShop, partial, type Shop, uuidOf } from './blobs-helpers.js';

/** A store with some blobs in its first root, which drains, and a second root that takes them. */
async function setUp(t: TestContext, count: number, size = 2000) {
  const shop = await openShop(t);
  const contents = Array.from({ length: count }, (_, i) => noise(`${i}`, size + i));
  for (const bytes of contents) await keep(shop, bytes);
  const dir = tempDir(t);
  const to = await attachRoot(shop.blobs.roots, dir);
  const source = shop.blobs.roots.at(shop.root)!;
  await shop.blobs.roots.change(source, { state: 'draining' });
  return { shop, contents, uuids: contents.map(uuidOf).sort(), dir, to, source };
}

async function move(shop: Shop, source: BlobRoot, to: BlobRoot, onEach: (moved: Moved) => unknown = () => {}) {
  const moves: Moved[] = [];
  for await (const moved of moveAll(shop.blobs, [source], to)) {
    moves.push(moved);
    await onEach(moved);
  }
  return moves;
}

const statuses = (moves: Moved[]) => moves.map(({ status }) => status);

async function holdsAll(shop: Shop, contents: Uint8Array[]): Promise<void> {
  for (const bytes of contents) assert.deepEqual(await all(shop.blobs.read(uuidOf(bytes))), bytes);
}

test('every blob goes to the other root, and is never missing meanwhile', async (t) => {
  const { shop, contents, uuids, dir, to, source } = await setUp(t, 8);
  const moves = await move(shop, source, to, () => holdsAll(shop, contents));
  assert.deepEqual(moves.map(({ uuid }) => uuid).sort(), uuids);
  assert.deepEqual(new Set(statuses(moves)), new Set(['moved']));
  assert.deepEqual([lying(shop.root), lying(dir)], [[], uuids]);
  assert.deepEqual([partial(shop.root), partial(dir)], [[], []]);
  await Promise.all([source, to].map((root) => shop.blobs.roots.counted(root)));
  assert.deepEqual([source.tally.blobs, to.tally.blobs], [0, 8]);
  assert.deepEqual(await move(shop, source, to), []);
});

test('a move that was cut off anywhere is taken up, and copies nothing twice', async (t) => {
  const { shop, contents, uuids, dir, to, source } = await setUp(t, 6);
  // After the copy, before the old one goes: both are there.
  const cut = (at: string) => {
    const original = BlobRoot.prototype.remove;
    t.mock.method(BlobRoot.prototype, 'remove', async function (this: BlobRoot, uuid: string) {
      if (this === source && uuid === at) throw new Failure('temporary', 'cut off');
      return original.call(this, uuid);
    });
  };
  cut(uuids[2]!);
  await assert.rejects(move(shop, source, to), /cut off/);
  t.mock.restoreAll();
  assert.deepEqual([lying(dir), lying(shop.root)], [uuids.slice(0, 3), uuids.slice(2)]);
  await holdsAll(shop, contents);
  let created = 0;
  const create = BlobRoot.prototype.create;
  t.mock.method(BlobRoot.prototype, 'create', function (this: BlobRoot) {
    created++;
    return create.call(this);
  });
  await move(shop, source, to);
  assert.equal(created, 3);
  assert.deepEqual([lying(shop.root), lying(dir)], [[], uuids]);
  await holdsAll(shop, contents);
});

test('half a copy, or one that went bad, is no copy: it is made again', async (t) => {
  const { shop, contents, uuids, dir, to, source } = await setUp(t, 2);
  mkdirSync(join(dir, uuids[0]!.slice(0, 2)));
  writeFileSync(join(dir, uuids[0]!.slice(0, 2), uuids[0]!), 'half');
  assert.deepEqual(statuses(await move(shop, source, to)), ['moved', 'moved']);
  assert.deepEqual([lying(shop.root), lying(dir)], [[], uuids]);
  await holdsAll(shop, contents);
});

test('a source that went bad is reported, set aside and not copied; the others go on', async (t) => {
  const { shop, uuids, dir, to, source } = await setUp(t, 3);
  writeFileSync((await shop.blobs.locate(uuids[1]!))!.path, noise('rotten', 2001));
  const moves = await move(shop, source, to);
  assert.deepEqual(statuses(moves), ['moved', 'corrupt', 'moved']);
  assert.match(moves[1]!.reason!, /went bad and were set aside in/);
  assert.deepEqual(lying(dir), [uuids[0], uuids[2]]);
  assert.deepEqual(readdirSync(join(shop.root, 'corrupt')), [uuids[1]]);
  assert.match((await shop.blobs.check(uuids[1]!)).reason!, /set aside in/);
});

test('where the room ends the move ends, and with more room it goes on', async (t) => {
  const { shop, contents, uuids, dir, to, source } = await setUp(t, 5);
  await attachRoot(shop.blobs.roots, dir, { capacity: 6500 });
  await shop.blobs.roots.counted(to);
  await assert.rejects(move(shop, source, to), failsWith('disk-full', /may hold/));
  assert.deepEqual([lying(dir), lying(shop.root)], [uuids.slice(0, 3), uuids.slice(3)]);
  assert.deepEqual(partial(dir), []);
  await holdsAll(shop, contents);
  await attachRoot(shop.blobs.roots, dir, { capacity: null });
  await move(shop, source, to);
  assert.deepEqual([lying(shop.root), lying(dir)], [[], uuids]);
});

test('reads, new blobs and removals go on meanwhile, and what was removed does not come back', async (t) => {
  const { shop, contents, uuids, dir, to, source } = await setUp(t, 30, 50_000);
  const late: Promise<string>[] = [];
  let removed = '';
  const reading = (async () => {
    for (let i = 0; i < 60; i++) {
      const bytes = contents[i % 10]!;
      const blob = await shop.blobs.openGood(uuidOf(bytes));
      assert.deepEqual(await all(blob.drain()), bytes);
    }
  })();
  const keepers = new Set(contents.slice(0, 10).map(uuidOf));
  const victims = uuids.filter((uuid) => !keepers.has(uuid));
  const moving = move(shop, source, to, async ({ uuid }) => {
    late.push(keep(shop, noise(`late ${uuid}`, 1000)));
    // The next one is removed just as it is about to be copied.
    const next = victims.find((victim) => victim > uuid);
    if (next && removed < uuid) {
      removed = next;
      void shop.blobs.remove(next);
      victims.splice(victims.indexOf(next), 1);
    }
  });
  const [moves] = await Promise.all([moving, reading]);
  const expected = [...victims, ...keepers, ...(await Promise.all(late))].sort();
  assert.deepEqual(lying(shop.root), []);
  assert.deepEqual(lying(dir), expected);
  assert.ok(moves.length >= 10);
  assert.ok(victims.length < 20);
  for (const uuid of expected) assert.equal((await shop.blobs.check(uuid)).good, true);
  await Promise.all([source, to].map((root) => shop.blobs.roots.counted(root)));
  assert.deepEqual([source.tally.blobs, to.tally.blobs], [0, expected.length]);
});

test('a blob that is removed while it is copied stays removed', async (t) => {
  const { shop, uuids, dir, to, source } = await setUp(t, 1, 700_000);
  const adopt = BlobRoot.prototype.adopt;
  const draft = t.mock.method(BlobRoot.prototype, 'create', async function (this: BlobRoot) {
    await shop.blobs.remove(uuids[0]!);
    draft.mock.restore();
    return this.create();
  });
  assert.deepEqual(statuses(await move(shop, source, to)), ['skipped']);
  assert.equal(await shop.blobs.has(uuids[0]!), false);
  assert.deepEqual([lying(dir), partial(dir), lying(shop.root)], [[], [], []]);
  assert.equal(BlobRoot.prototype.adopt, adopt);
});

test('a copy that reads back as other bytes never takes the place of the blob', async (t) => {
  const { shop, contents, dir, to, source } = await setUp(t, 1);
  const create = BlobRoot.prototype.create;
  t.mock.method(BlobRoot.prototype, 'create', async function (this: BlobRoot) {
    const file = await create.call(this);
    const sync = file.handle.sync.bind(file.handle);
    file.handle.sync = async () => {
      await file.handle.write(Buffer.from('x'), 0, 1, 5);
      await sync();
    };
    return file;
  });
  const [moved] = await move(shop, source, to);
  assert.equal(moved!.status, 'failed');
  assert.match(moved!.reason!, /other bytes than it was given/);
  assert.deepEqual([lying(dir), partial(dir)], [[], []]);
  t.mock.restoreAll();
  await holdsAll(shop, contents);
  assert.equal(existsSync(join(shop.root, 'corrupt')), false);
});

test('a source that comes back empty-handed ends the move, and says so', async (t) => {
  const { shop, to, source } = await setUp(t, 2);
  t.mock.method(to, 'create', async () => {
    throw new Failure('temporary', 'the disk went away');
  });
  await assert.rejects(move(shop, source, to), failsWith('temporary', /went away/));
  t.mock.restoreAll();
  assert.deepEqual(statuses(await move(shop, source, to)), ['moved', 'moved']);
  const { uuid, release } = await shop.blobs.put(chunks(noise('after', 10)));
  await release();
  assert.equal((await shop.blobs.locate(uuid))!.root, to.path);
});
