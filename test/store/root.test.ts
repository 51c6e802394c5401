import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { attachRoot } from '../../src/lib/store/blobs-attach.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';
import { all, failsWith, keep, lying, noise, openShop, partial, uuidOf } from './blobs-helpers.js';

const MARKER = 'holdfast-root.json';
const away = (path: string) => `${path}.unmounted`;
const may = /may be on .*, which is not there/;

test('a root has a marker from its first start on, also one of an older version with blobs in it', async (t) => {
  const home = tempDir(t);
  const old = utf8('of an older version');
  const uuid = uuidOf(old);
  mkdirSync(join(home, 'blobs', uuid.slice(0, 2)), { recursive: true });
  writeFileSync(join(home, 'blobs', uuid.slice(0, 2), uuid), old);
  const shop = await openShop(t, { home });
  assert.deepEqual(await all(shop.blobs.read(uuid)), old);
  const marker = readFileSync(join(shop.root, MARKER), 'utf8');
  assert.deepEqual(Object.keys(JSON.parse(marker)), ['version', 'id', 'network']);
  await shop.close();
  const again = await openShop(t, { home });
  assert.equal(readFileSync(join(again.root, MARKER), 'utf8'), marker);
  assert.deepEqual(await all(again.blobs.read(uuid)), old);
});

test('a root of another network is refused, and nothing is changed', async (t) => {
  const first = await openShop(t);
  await first.close();
  rmSync(join(first.home, 'db'), { recursive: true });
  await assert.rejects(openShop(t, { home: first.home, network: 'cd'.repeat(32) }), failsWith('usage', /network/));
});

test('books that were lost cost no blob: nothing unknown is taken for a leftover', async (t) => {
  const first = await openShop(t);
  const uuid = await keep(first, utf8('kept'));
  await first.close();
  rmSync(join(first.home, 'db'), { recursive: true });
  for (let start = 0; start < 2; start++) {
    const again = await openShop(t, { home: first.home, wanted: new Set() });
    await again.blobs.leftovers.cleared();
    assert.deepEqual(lying(again.root), [uuid]);
    await again.close();
  }
});

for (const [what, make] of [
  ['gone', () => undefined],
  ['an empty mount point', (root: string) => mkdirSync(root)],
  [
    'another disk',
    (root: string) => {
      mkdirSync(root);
      const marker = { version: 1, id: '00'.repeat(16), network: 'ab'.repeat(32) };
      writeFileSync(join(root, MARKER), JSON.stringify(marker));
    },
  ],
  [
    'a disk whose marker is garbage',
    (root: string) => {
      mkdirSync(root);
      writeFileSync(join(root, MARKER), 'x'.repeat(10_000));
    },
  ],
] as const) {
  test(`a root that is ${what} is missing, never empty: at a start, and while it runs`, async (t) => {
    const first = await openShop(t);
    const { home, root } = first;
    const bytes = noise('kept', 1000);
    const uuid = await keep(first, bytes);
    const unmount = () => {
      renameSync(root, away(root));
      make(root);
    };
    const mount = () => {
      rmSync(root, { recursive: true, force: true });
      renameSync(away(root), root);
    };
    const isMissing = async ({ blobs, said }: typeof first) => {
      const asks = [
        () => blobs.has(uuid),
        () => blobs.size(uuid),
        () => blobs.check(uuid),
        () => blobs.openGood(uuid),
        () => blobs.remove(uuid),
        () => all(blobs.read(uuid)),
      ];
      for (const ask of asks) await assert.rejects(ask, failsWith('temporary', may));
      assert.match((await blobs.seek(uuid)).missing!.message, may);
      assert.equal(blobs.mayHold(uuid), true);
      assert.equal((await blobs.roots.views())[0]!.state, 'missing');
      await assert.rejects(blobs.draft(), failsWith('temporary', /is not there/));
      assert.equal(await blobs.room(), 0);
      assert.ok(said.some((line) => /mounted again/.test(line)));
      assert.equal(existsSync(join(root, 'partial')), false);
    };
    unmount();
    await isMissing(first);
    mount();
    // It heals without a restart.
    assert.deepEqual(await all(first.blobs.read(uuid)), bytes);
    assert.equal(await first.blobs.has(uuidOf(utf8('never seen'))), false);
    await first.close();
    unmount();
    const again = await openShop(t, { home });
    await isMissing(again);
    mount();
    writeFileSync(join(root, 'partial', 'half'), 'of a draft');
    assert.deepEqual(await again.blobs.check(uuid), { good: true, reason: null });
    assert.deepEqual(partial(root), []);
    await keep(again, utf8('another'));
  });
}

test('while one disk is missing the others serve, store and forget', async (t) => {
  const shop = await openShop(t);
  const { blobs, root } = shop;
  const second = tempDir(t);
  const first = await keep(shop, utf8('on the first'));
  const other = await attachRoot(blobs.roots, second);
  await blobs.roots.change(blobs.roots.at(root)!, { state: 'draining' });
  const held = await keep(shop, utf8('on the second'));
  assert.deepEqual(lying(second), [held]);
  renameSync(root, away(root));
  assert.deepEqual(await all(blobs.read(held)), utf8('on the second'));
  await assert.rejects(blobs.has(first), failsWith('temporary', may));
  const late = await keep(shop, utf8('put meanwhile'));
  assert.equal((await blobs.locate(late))!.root, other.path);
  assert.equal(await blobs.remove(late), 13);
  // Let go of while its disk is away: it goes when that is back.
  const wanted = shop.blobs.owner;
  Object.assign(wanted, { wanted: async (uuid: string) => uuid !== first });
  await blobs.letGo(first);
  renameSync(away(root), root);
  assert.equal((await blobs.roots.views())[0]!.state, 'draining');
  await blobs.leftovers.cleared();
  assert.deepEqual(lying(root), []);
});

test('a bit of a copy that flipped does not matter while another copy is good', async (t) => {
  const shop = await openShop(t);
  const second = tempDir(t);
  await attachRoot(shop.blobs.roots, second);
  const bytes = noise('twice', 3000);
  const uuid = await keep(shop, bytes);
  for (const dir of [shop.root, second]) {
    mkdirSync(join(dir, uuid.slice(0, 2)), { recursive: true });
    writeFileSync(join(dir, uuid.slice(0, 2), uuid), dir === shop.root ? noise('rotten', 3000) : bytes);
  }
  assert.deepEqual(await all((await shop.blobs.openGood(uuid)).drain()), bytes);
  assert.deepEqual(await shop.blobs.check(uuid), { good: true, reason: null });
  assert.deepEqual([lying(shop.root), lying(second)], [[], [uuid]]);
});

test('every root is counted, and the count kept', async (t) => {
  const first = await openShop(t);
  for (let i = 0; i < 5; i++) await keep(first, noise(`${i}`, 100));
  await first.close();
  mkdirSync(join(first.root, 'aa'), { recursive: true });
  writeFileSync(join(first.root, 'aa', 'stray'), 'x');
  writeFileSync(join(first.root, 'README'), 'x');
  const shop = await openShop(t, { home: first.home });
  const root = shop.blobs.roots.at(shop.root)!;
  const uuids = [keep(shop, noise('a', 1000)), keep(shop, noise('b', 10))];
  await shop.blobs.roots.counted(root);
  await Promise.all(uuids);
  const { blobs, bytes, skipped, corrupt, state } = await root.view();
  assert.deepEqual([blobs, bytes, skipped, corrupt, state], [7, 1510, 2, 0, 'active']);
  await shop.blobs.remove(await uuids[0]!);
  await keep(shop, noise('b', 10));
  assert.deepEqual([root.tally.blobs, root.tally.bytes], [6, 510]);
  const bad = (await shop.blobs.locate(await uuids[1]!))!;
  writeFileSync(bad.path, 'rotten bits');
  await shop.blobs.check(await uuids[1]!);
  assert.deepEqual([root.tally.blobs, root.tally.corrupt], [5, 1]);
  assert.deepEqual(readdirSync(join(shop.root, 'corrupt')), [await uuids[1]!]);
  await assert.rejects(all(shop.blobs.read(await uuids[1]!)), failsWith('not-found', /no blob/));
});
