import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { test } from 'node:test';
import { packContainer } from '../../src/lib/codec/container.js';
import { packLease } from '../../src/lib/codec/lease.js';
import { type KnownShare, lookAt, paceOf } from '../../src/lib/store/tahoe-share.js';
import { noise } from '../codec/helpers.js';
import { tempDir } from '../helpers/temp.js';
import { indexOf, isActive, leaseOf, openTrees, ServerDir, sharesOf, uuidOf, viewWhen } from './tahoe-trees.js';

const unpaced = async () => undefined;

test('a share is hashed once; with a known one only its commitment is read', async (t) => {
  const path = join(tempDir(t), '0');
  const { shares } = await sharesOf('one', 2_000_000);
  const share = shares[0]!;
  writeFileSync(path, packContainer(share, [leaseOf('a')]));
  let read = 0;
  const pace = async (bytes: number) => {
    read += bytes;
  };
  const first = await lookAt(path, undefined, pace);
  assert.equal(first.kind, 'share');
  assert.equal((first as KnownShare).uuid, uuidOf(share));
  assert.ok(read >= share.length);
  appendFileSync(path, packLease(leaseOf('b'), 2));
  const header = Buffer.from(packContainer(share, [leaseOf('a'), leaseOf('b')]));
  writeFileSync(path, header);
  read = 0;
  const again = await lookAt(path, first as KnownShare, pace);
  assert.equal((again as KnownShare).uuid, uuidOf(share));
  assert.ok(read < 3000, `${read} bytes of ${share.length}`);
});

test('a file that changes while it is read is looked at again, one that is no file is not opened for long', async (t) => {
  const dir = tempDir(t);
  const path = join(dir, '0');
  const share = noise(1_000_000);
  writeFileSync(path, packContainer(share));
  let steps = 0;
  const changed = await lookAt(path, undefined, async () => {
    if (++steps === 2) appendFileSync(path, packLease(leaseOf('a'), 2));
  });
  assert.deepEqual(changed, { kind: 'changing' });
  writeFileSync(path, packContainer(share));
  const cut = await lookAt(path, undefined, async () => truncateSync(path, 5000));
  assert.deepEqual(cut, { kind: 'unreadable' });
  symlinkSync(path, join(dir, 'link'));
  mkdirSync(join(dir, 'folder'));
  execFileSync('mkfifo', [join(dir, 'pipe')]);
  for (const name of ['link', 'folder', 'pipe'])
    assert.deepEqual(await lookAt(join(dir, name), undefined, unpaced), { kind: 'unreadable' }, name);
  for (const name of ['none', '0/none'])
    assert.deepEqual(await lookAt(join(dir, name), undefined, unpaced), { kind: 'gone' }, name);
});

test('reading is held to its rate, and ends at once when it is to', async () => {
  const stopping = new AbortController();
  const pace = paceOf(1_000_000, stopping.signal);
  let began = performance.now();
  for (let i = 0; i < 300; i++) await pace(1000);
  const took = performance.now() - began;
  assert.ok(took > 250 && took < 3000, `${took} ms`);
  began = performance.now();
  const waiting = pace(60_000_000);
  stopping.abort();
  await assert.rejects(waiting, { name: 'Failure', code: 'temporary' });
  assert.ok(performance.now() - began < 1000);
});

test('what nobody may read is counted, and looked into once somebody may', { skip: isRoot() }, async (t) => {
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('secret');
  const path = server.put(si, 0, shares[0]!);
  chmodSync(path, 0);
  const { trees } = await openTrees(t);
  await trees.attach(server.dir);
  const view = await viewWhen(trees, isActive);
  assert.deepEqual([view.blobs, view.skipped], [0, 1]);
  chmodSync(path, 0o444);
  await viewWhen(trees, ({ blobs }) => blobs === 1);
});

test('folders that nobody may read are counted, and a tree of which that is true is refused', {
  skip: isRoot(),
}, async (t) => {
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('secret');
  const folder = dirname(server.put(si, 0, shares[0]!));
  const { trees, book } = await openTrees(t);
  chmodSync(join(server.dir, 'shares'), 0);
  await assert.rejects(trees.attach(server.dir), { name: 'Failure', code: 'failure', message: /permission denied/ });
  assert.deepEqual(book.all(), []);
  chmodSync(join(server.dir, 'shares'), 0o700);
  chmodSync(folder, 0);
  await trees.attach(server.dir);
  const view = await viewWhen(trees, isActive);
  assert.deepEqual([view.blobs, view.skipped], [0, 1]);
  chmodSync(folder, 0o700);
  await viewWhen(trees, ({ blobs, skipped }) => blobs === 1 && skipped === 0);
});

function isRoot(): string | false {
  return process.getuid?.() === 0 && 'root may read everything';
}

test('thousands of small shares: the node goes on meanwhile', async (t) => {
  const server = new ServerDir(tempDir(t));
  const count = 4000;
  for (let i = 0; i < count; i++) server.put(indexOf(`si ${i}`), i % 256, noise(64, `share ${i}`), []);
  const { trees } = await openTrees(t, undefined, { restMs: () => 60_000 });
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await trees.attach(server.dir);
  const view = await viewWhen(trees, isActive, 60_000);
  delay.disable();
  assert.equal(view.blobs, count);
  assert.equal(view.bytes, 64 * count);
  assert.ok(delay.max < 1e9, `held up for ${delay.max / 1e6} ms`);
});
