import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { OpenBlob } from '../../src/lib/store/blobs-open.js';
import { TahoeIndex } from '../../src/lib/store/tahoe-index.js';
import { scanTree } from '../../src/lib/store/tahoe-scan.js';
import { noise } from '../codec/helpers.js';
import { tempDir } from '../helpers/temp.js';
import { indexOf, isActive, openTrees, ServerDir, sharesOf, until, uuidOf, viewWhen } from './tahoe-trees.js';

test('a tree that is not there is missing, not empty, and back with all it had', async (t) => {
  const dir = tempDir(t);
  const server = new ServerDir(join(dir, 'server'));
  const { si, shares } = await sharesOf('one');
  const uuid = uuidOf(shares[0]!);
  server.put(si, 0, shares[0]!);
  const { trees, troubles, changes } = await openTrees(t);
  await trees.attach(server.dir);
  const { path } = await viewWhen(trees, isActive);
  const isMissing = async () => {
    const view = await viewWhen(trees, ({ state }) => state === 'missing');
    assert.deepEqual([view.blobs, view.freeBytes], [1, null]);
    assert.equal(trees.find(uuid), undefined);
    assert.equal(trees.missing(uuid), path);
    for await (const found of trees.entries()) assert.fail(found.path);
  };
  const isBack = async () => {
    await until(() => trees.find(uuid) !== undefined);
    assert.equal(trees.missing(uuid), undefined);
    assert.equal((await viewWhen(trees, isActive)).blobs, 1);
  };
  // Its disk is not mounted: nothing is there, or the bare mount point, or an empty disk.
  renameSync(server.dir, join(dir, 'away'));
  await isMissing();
  await until(() => troubles.length === 1);
  assert.match(troubles[0]!, /is not there$/);
  mkdirSync(join(server.dir, 'shares'), { recursive: true });
  writeFileSync(join(server.dir, 'shares', 'note'), '');
  await isMissing();
  rmSync(server.dir, { recursive: true });
  const told = changes();
  renameSync(join(dir, 'away'), server.dir);
  await isBack();
  assert.ok(changes() > told, 'whoever looks for blobs is told');
  assert.equal(troubles.length, 1, 'once');
});

test('a tree that goes away while it is looked through is missing, not empty', async (t) => {
  const dir = tempDir(t);
  const server = new ServerDir(join(dir, 'server'));
  const { si, shares } = await sharesOf('one');
  server.put(si, 0, shares[0]!);
  const { trees, db, book } = await openTrees(t, tempDir(t), { restMs: () => 1e6, soonMs: 1e6 });
  await trees.attach(server.dir);
  const { path } = await viewWhen(trees, isActive);
  const { signal } = new AbortController();
  // Asked before each folder is read: the first of them is not there any more.
  signal.throwIfAborted = () => existsSync(server.dir) && renameSync(server.dir, join(dir, 'away'));
  const options = { confirmed: false, now: Date.now, signal };
  const scan = scanTree(new TahoeIndex(db), book.all('tahoe')[0]!.id, path, options);
  await assert.rejects(scan, /is not there$/);
});

test('a share that cannot be looked at is not gone, and whoever opens it is told why', async (t) => {
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('hidden');
  const folder = dirname(server.put(si, 0, shares[0]!));
  const { trees } = await openTrees(t, tempDir(t), { restMs: () => 1e6, soonMs: 1e6 });
  await trees.attach(server.dir);
  await viewWhen(trees, isActive);
  renameSync(folder, `${folder}.away`);
  symlinkSync(folder, folder);
  const place = trees.find(uuidOf(shares[0]!));
  assert.equal(place?.size, shares[0]!.length);
  await assert.rejects(OpenBlob.at(place!), { name: 'Failure', code: 'failure' });
});

test('a tree suddenly empty, or another in its place, waits until it is attached again', async (t) => {
  const dir = tempDir(t);
  const server = new ServerDir(join(dir, 'server'));
  const [one, two] = [await sharesOf('one'), await sharesOf('two')];
  server.put(one.si, 0, one.shares[0]!);
  const { trees, troubles } = await openTrees(t);
  await trees.attach(server.dir);
  await viewWhen(trees, isActive);
  server.remove(one.si, 0);
  await viewWhen(trees, ({ state }) => state === 'missing');
  assert.match(troubles[0]!, /holds no share any more/);
  assert.equal(trees.missing(uuidOf(one.shares[0]!)), join(server.dir, 'shares'));
  await trees.attach(server.dir);
  assert.equal((await viewWhen(trees, isActive)).blobs, 0);

  const other = new ServerDir(join(dir, 'other'));
  server.put(one.si, 1, one.shares[1]!);
  await viewWhen(trees, ({ blobs }) => blobs === 1);
  other.put(two.si, 0, two.shares[0]!);
  renameSync(server.dir, join(dir, 'away'));
  renameSync(other.dir, server.dir);
  await viewWhen(trees, ({ state, blobs }) => state === 'missing' && blobs === 1);
  await until(() => troubles.some((message) => /not the directory that was attached/.test(message)));
  assert.equal(trees.find(uuidOf(two.shares[0]!)), undefined);
  await trees.attach(server.dir);
  await until(() => trees.find(uuidOf(two.shares[0]!)) !== undefined);
  assert.equal((await viewWhen(trees, isActive)).blobs, 1);
});

test('what is attached is followed after a restart, and nothing is hashed again', async (t) => {
  const home = tempDir(t);
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('one', 40_000);
  const path = server.put(si, 0, shares[0]!);
  const first = await openTrees(t, home);
  await first.trees.attach(server.dir);
  await viewWhen(first.trees, isActive);
  await first.close();
  const two = await sharesOf('two');
  server.put(two.si, 0, two.shares[0]!);
  // At such a rate a share of this size takes hours.
  const second = await openTrees(t, home, { bytesPerSecond: 1 });
  assert.equal(second.trees.find(uuidOf(shares[0]!))?.path, path);
  await viewWhen(second.trees, ({ state, blobs }) => state === 'scanning' && blobs === 1);
  const began = Date.now();
  await second.close();
  assert.ok(Date.now() - began < 2000, 'closing waits for no hash');
});

test('what a detached tree left behind when it was cut off is forgotten at the next start', async (t) => {
  const home = tempDir(t);
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('one');
  server.put(si, 0, shares[0]!);
  const first = await openTrees(t, home);
  await first.trees.attach(server.dir);
  await viewWhen(first.trees, isActive);
  const { id } = first.book.all('tahoe')[0]!;
  await first.close();
  const cut = await openTrees(t, home, { restMs: () => 60_000 });
  await viewWhen(cut.trees, isActive);
  await cut.book.forget(id);
  await cut.close();
  const { db, trees } = await openTrees(t, home);
  const index = new TahoeIndex(db);
  assert.deepEqual(await index.roots(), []);
  assert.deepEqual(index.located(uuidOf(shares[0]!)), []);
  for await (const [at] of index.records(id)) assert.fail(at.si);
  assert.deepEqual(await trees.roots(), []);
});

const KILLS = 7;

test('killed again and again, a first indexing resumes, and ends with every share', async (t) => {
  const home = tempDir(t);
  const server = new ServerDir(tempDir(t));
  const count = 2000;
  const share = (i: number) => noise(300, `share ${i}`);
  for (let i = 0; i < count; i++) server.put(indexOf(`si ${i % 1200}`), i % 7, share(i));
  const names = new Set(Array.from({ length: count }, (_, i) => `${i % 1200}/${i % 7}`)).size;
  const before = server.snapshot();
  const script = fileURLToPath(new URL('./tahoe-process.js', import.meta.url));
  let least = 0;
  for (let i = 0; i < KILLS; i++) {
    const child: ChildProcess = fork(script, [home, server.dir], { execArgv: [] });
    const gone = once(child, 'exit');
    const [blobs] = (await Promise.race([once(child, 'message'), gone])) as [number];
    assert.ok(blobs >= least, `${blobs} after ${least}`);
    least = blobs;
    await new Promise((resolve) => setTimeout(resolve, 40 + 30 * i));
    child.kill('SIGKILL');
    await gone;
  }
  assert.ok(existsSync(join(home, 'db')));
  const { trees, db, book } = await openTrees(t, home, { restMs: () => 60_000 });
  const view = await viewWhen(trees, isActive, 60_000);
  assert.equal(view.blobs, names);
  let bytes = 0;
  for await (const { uuid, size } of trees.entries()) {
    assert.match(uuid, /^[0-9a-f]{64}$/);
    bytes += size;
  }
  assert.equal(view.bytes, bytes);
  assert.deepEqual(await new TahoeIndex(db).waits(book.all('tahoe')[0]!.id, 1), []);
  assert.deepEqual(server.snapshot(), before);
});
