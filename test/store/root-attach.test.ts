import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { attachRoot, detachRoot } from '../../src/lib/store/blobs-attach.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';
import { all, chunks, failsWith, keep, lying, noise, openShop, partial, type Shop } from './blobs-helpers.js';

const settingsOf = ({ blobs }: Shop, path: string) => {
  const { capacity, reserve, state } = blobs.roots.at(path)!.entry;
  return { capacity, reserve, state };
};

test('an empty directory becomes a root, and is one after a restart; again, its limits change', async (t) => {
  const shop = await openShop(t);
  const dir = tempDir(t);
  mkdirSync(join(dir, 'lost+found'));
  await attachRoot(shop.blobs.roots, dir, { capacity: 5000, reserve: 1 });
  await attachRoot(shop.blobs.roots, dir, { reserve: 2 });
  assert.deepEqual(settingsOf(shop, dir), { capacity: 5000, reserve: 2, state: 'active' });
  await attachRoot(shop.blobs.roots, dir, { capacity: null });
  // The data directory's own, too.
  await attachRoot(shop.blobs.roots, shop.root, { capacity: 9 });
  assert.equal(shop.blobs.roots.roots.length, 2);
  await shop.close();
  const again = await openShop(t, { home: shop.home });
  assert.deepEqual(settingsOf(again, dir), { capacity: null, reserve: 2, state: 'active' });
  assert.deepEqual(settingsOf(again, shop.root), { capacity: 9, reserve: 0, state: 'active' });
});

test('what cannot be a root is refused, and left as it was', async (t) => {
  const shop = await openShop(t);
  const { roots } = shop.blobs;
  const [dir, full, parent] = [tempDir(t), tempDir(t), tempDir(t)];
  writeFileSync(join(full, 'somebody.else'), 'x');
  mkdirSync(join(parent, 'inner'));
  mkdirSync(join(dir, 'inner'));
  symlinkSync(join(dir, 'inner'), join(parent, 'link'));
  await assert.rejects(attachRoot(roots, join(dir, 'absent')), failsWith('not-found', /no such/));
  await assert.rejects(attachRoot(roots, join(full, 'somebody.else')), failsWith('usage', /not a directory/));
  await assert.rejects(attachRoot(roots, full), failsWith('usage', /not empty/));
  await assert.rejects(attachRoot(roots, shop.home), failsWith('usage', /holds .*blobs, which is attached/));
  await assert.rejects(attachRoot(roots, join(shop.root, 'partial')), failsWith('usage', /lies in/));
  const marker = { version: 1, id: '0f'.repeat(16), network: 'cd'.repeat(32) };
  const foreign = tempDir(t);
  writeFileSync(join(foreign, 'holdfast-root.json'), JSON.stringify(marker));
  await assert.rejects(attachRoot(roots, foreign), failsWith('usage', /another network/));
  await attachRoot(roots, join(dir, 'inner'));
  await assert.rejects(attachRoot(roots, dir), failsWith('usage', /holds/));
  // By another name it is the same.
  await attachRoot(roots, join(parent, 'link'), { reserve: 3 });
  assert.equal(settingsOf(shop, join(dir, 'inner')).reserve, 3);
  const copy = join(parent, 'inner');
  cpSync(join(dir, 'inner'), copy, { recursive: true });
  await assert.rejects(attachRoot(roots, copy), failsWith('usage', /is a copy of/));
  assert.equal(roots.roots.length, 2);
});

test('a root that is mounted elsewhere now is known by its marker', async (t) => {
  const shop = await openShop(t);
  const parent = tempDir(t);
  const [before, after] = [join(parent, 'before'), join(parent, 'after')];
  mkdirSync(before);
  await attachRoot(shop.blobs.roots, before, { reserve: 7 });
  await shop.blobs.roots.change(shop.blobs.roots.at(shop.root)!, { state: 'draining' });
  const uuid = await keep(shop, utf8('moves'));
  renameSync(before, after);
  await assert.rejects(shop.blobs.has(uuid), failsWith('temporary', /before, which is not there/));
  await attachRoot(shop.blobs.roots, after);
  assert.deepEqual(await all(shop.blobs.read(uuid)), utf8('moves'));
  assert.deepEqual(settingsOf(shop, after), { capacity: null, reserve: 7, state: 'active' });
  assert.equal(shop.blobs.roots.roots.length, 2);
});

test('a root is forgotten where nothing needs it, and where it is declared lost', async (t) => {
  const wanted = new Set<string>();
  const shop = await openShop(t, { wanted });
  const { blobs } = shop;
  const own = blobs.roots.at(shop.root)!;
  const dir = tempDir(t);
  const root = await attachRoot(blobs.roots, dir);
  await assert.rejects(detachRoot(blobs, own, true), failsWith('usage', /own root/));
  await blobs.roots.change(own, { state: 'draining' });
  const needed = noise('needed', 100);
  const { uuid, release } = await blobs.put(chunks(needed));
  wanted.add(uuid);
  await release();
  await assert.rejects(detachRoot(blobs, root, false), failsWith('failure', /holds blobs that are needed/));
  assert.equal(settingsOf(shop, dir).state, 'active');
  wanted.delete(uuid);
  await detachRoot(blobs, root, false);
  assert.equal(blobs.roots.at(dir), undefined);
  assert.deepEqual(lying(dir), [uuid], 'its files stay');
  // Attached again it is what it was.
  const again = await attachRoot(blobs.roots, dir);
  assert.deepEqual(await all(blobs.read(uuid)), needed);
  renameSync(dir, `${dir}.away`);
  await assert.rejects(detachRoot(blobs, again, false), failsWith('temporary', /is not there/));
  await assert.rejects(blobs.has(uuid), failsWith('temporary', /may be on/));
  await detachRoot(blobs, again, true);
  assert.equal(await blobs.has(uuid), false);
  renameSync(`${dir}.away`, dir);
});

test('a directory that is attached several times at once is one root, and is there', async (t) => {
  const shop = await openShop(t);
  const { roots } = shop.blobs;
  const dir = tempDir(t);
  await Promise.all([1, 2, 3, 4].map((reserve) => attachRoot(roots, dir, { reserve })));
  assert.equal(roots.roots.length, 2);
  assert.equal(await roots.at(dir)!.look(), true);
  assert.equal(settingsOf(shop, dir).reserve, 4);
});

test('a root that is missing is not attached by what is in its place, and keeps its limits', async (t) => {
  const shop = await openShop(t);
  const { roots } = shop.blobs;
  const dir = join(tempDir(t), 'disk');
  mkdirSync(dir);
  await attachRoot(roots, dir, { reserve: 7 });
  renameSync(dir, `${dir}.away`);
  mkdirSync(dir);
  await assert.rejects(attachRoot(roots, dir, { reserve: 8 }), failsWith('temporary', /is not its disk/));
  assert.deepEqual(readdirSync(dir), []);
  assert.equal(settingsOf(shop, dir).reserve, 7);
});

test('no blob that is on its way is left behind on a root that is detached', async (t) => {
  const wanted = new Set<string>();
  const shop = await openShop(t, { wanted });
  const { blobs } = shop;
  const { roots } = blobs;
  const own = roots.at(shop.root)!;
  const root = await attachRoot(roots, tempDir(t));
  await roots.change(own, { state: 'draining' });
  const draft = await blobs.draft();
  await draft.write(0, noise('draft', 100));
  await assert.rejects(detachRoot(blobs, root, false), failsWith('temporary', /being written/));
  await detachRoot(blobs, root, true);
  await assert.rejects(draft.keep(await draft.uuid()), failsWith('temporary', /was detached meanwhile/));
  await draft.discard();
  assert.deepEqual(lying(root.path), []);
  // It has its name, and the books don't know it yet.
  const second = await attachRoot(roots, root.path);
  const stored = await blobs.put(chunks(noise('stored', 100)));
  await assert.rejects(detachRoot(blobs, second, false), failsWith('failure', /needed/));
  await stored.release();
  // Chosen, and then drained: the draft goes elsewhere.
  const third = await attachRoot(roots, tempDir(t), { capacity: 1e6 });
  const choosing = blobs.draft();
  const { create } = second;
  second.create = async () => {
    await roots.change(second, { state: 'draining' });
    return create.call(second);
  };
  const late = await choosing;
  assert.ok(late.path.startsWith(third.path), late.path);
  await late.discard();
});

test('a blob goes where the most room is, and nowhere beyond a capacity or into a reserve', async (t) => {
  const shop = await openShop(t);
  const { blobs, root } = shop;
  const dir = tempDir(t);
  await attachRoot(blobs.roots, root, { capacity: 10_000 });
  await attachRoot(blobs.roots, dir, { capacity: 6000 });
  for (const each of blobs.roots.roots) await blobs.roots.counted(each);
  assert.equal(await blobs.room(), 10_000);
  for (const [name, size, where] of [
    ['a', 5000, root],
    ['b', 2000, dir],
    ['c', 2500, root],
    ['d', 4000, dir],
  ] as const) {
    const uuid = await keep(shop, noise(name, size));
    assert.equal((await blobs.locate(uuid))!.root, where, name);
  }
  assert.equal(await blobs.room(), 2500);
  // Announced, it is refused before its first byte; else at the byte that is one too many.
  await assert.rejects(blobs.draft(2501), failsWith('disk-full', /may hold/));
  await assert.rejects(blobs.put(chunks(noise('e', 2000), noise('f', 501))), failsWith('disk-full', /may hold/));
  const draft = await blobs.draft();
  await draft.write(2400, noise('g', 100));
  await assert.rejects(draft.write(2500, noise('h', 1)), failsWith('disk-full', /may hold/));
  // What a writer has claimed is nobody else's.
  await assert.rejects(blobs.draft(1), failsWith('disk-full', /may hold/));
  await draft.discard();
  for (const each of [root, dir]) assert.deepEqual(partial(each), []);
  assert.equal(await blobs.room(), 2500);
  const free = await blobs.roots.at(dir)!.freeBytes();
  await attachRoot(blobs.roots, root, { capacity: null, reserve: 2 * free });
  await attachRoot(blobs.roots, dir, { capacity: null, reserve: Math.max(0, free - 50_000) });
  const room = await blobs.room();
  assert.ok(room <= free && room < 5_000_000, `${room}`);
  await assert.rejects(blobs.draft(2 * free), failsWith('disk-full', /reserve/));
  assert.deepEqual(lying(root).length + lying(dir).length, 4);
});

test('writers side by side never claim the same room', async (t) => {
  const shop = await openShop(t);
  const { blobs, root } = shop;
  await attachRoot(blobs.roots, root, { capacity: 10_000 });
  await blobs.roots.counted(blobs.roots.at(root)!);
  const puts = Array.from({ length: 12 }, (_, i) =>
    blobs.put(chunks(...Array.from({ length: 10 }, (_, j) => noise(`${i} ${j}`, 130)))),
  );
  const ended = await Promise.allSettled(puts);
  const stored = ended.filter(({ status }) => status === 'fulfilled').length;
  assert.ok(stored <= 7 && blobs.roots.at(root)!.tally.bytes === stored * 1300, `${stored}`);
  for (const end of ended) if (end.status === 'rejected') assert.equal(end.reason.code, 'disk-full');
  assert.deepEqual(partial(root), []);
  assert.equal(await blobs.room(), 10_000 - stored * 1300);
});
