import assert from 'node:assert/strict';
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { packContainer } from '../../src/lib/codec/container.js';
import { packLease } from '../../src/lib/codec/lease.js';
import { type ShareRecord, TahoeIndex } from '../../src/lib/store/tahoe-index.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { noise } from '../codec/helpers.js';
import { tempDir } from '../helpers/temp.js';
import {
  indexOf,
  isActive,
  leaseOf,
  MUTABLE,
  type Opened,
  openTrees,
  ServerDir,
  sharesOf,
  siText,
  until,
  uuidOf,
  viewWhen,
} from './tahoe-trees.js';

const place = (path: string, share: Uint8Array, root: string) => ({
  ...{ uuid: uuidOf(share), path, start: 12, size: share.length, root, writable: false },
});

test('shares of both schemas are blobs by their own bytes, whatever their leases', async (t) => {
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('one');
  const paths = [
    server.put(si, 0, shares[0]!, [], 1),
    server.put(si, 1, shares[1]!, [leaseOf('a')], 1),
    server.put(si, 2, shares[2]!, [leaseOf('a'), leaseOf('b')], 2),
  ];
  // What a server was given it keeps, be it a share or not.
  const other = noise(400, 'no share');
  const odd = server.put(indexOf('odd'), 255, other);
  const before = server.snapshot();
  const { trees } = await openTrees(t);
  const root = join(server.dir, 'shares');
  assert.equal((await trees.attach(server.dir)).path, root);
  const view = await viewWhen(trees, isActive);
  const bytes = [...shares, other].reduce((sum, { length }) => sum + length, 0);
  assert.deepEqual(
    { ...view, freeBytes: 0 },
    {
      ...{ kind: 'tahoe', path: root, state: 'active', blobs: 4, bytes, freeBytes: 0 },
      ...{ capacity: null, reserve: 0, skipped: 0, corrupt: 0 },
    },
  );
  for (const [i, share] of shares.entries()) assert.deepEqual(trees.find(uuidOf(share)), place(paths[i]!, share, root));
  assert.deepEqual(trees.find(uuidOf(other)), place(odd, other, root));
  assert.equal(trees.find(uuidOf(readFileSync(paths[1]!))), undefined, 'a container is no blob');
  const all = [];
  for await (const { uuid } of trees.entries()) all.push(uuid);
  assert.deepEqual(all.sort(), [...shares, other].map(uuidOf).sort());
  assert.deepEqual(server.snapshot(), before);
});

test('whatever is no immutable share in its place is skipped and counted, and no link is followed', async (t) => {
  const outside = new ServerDir(tempDir(t));
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('good');
  const [share, beyond, uploading] = shares as [Uint8Array, Uint8Array, Uint8Array];
  server.put(si, 7, share);
  const folder = `shares/${siText(si).slice(0, 2)}/${siText(si)}`;
  const container = packContainer(beyond, [leaseOf('a')]);
  const skipped = [
    server.write(`${folder}/8`, MUTABLE),
    server.write(`${folder}/256`, container),
    server.write(`${folder}/01`, container),
    server.write(`${folder}/-1`, container),
    server.write(`${folder}/3.tmp`, container),
    // of another schema, cut short in its header, in its leases, in its share, and without one
    server.write(`${folder}/9`, Buffer.concat([fromHex('00000003')!, container.subarray(4)])),
    server.write(`${folder}/10`, container.subarray(0, 11)),
    server.write(`${folder}/11`, container.subarray(0, 60)),
    server.write(`${folder}/12`, container.subarray(0, container.length - 100)),
    server.write(`${folder}/13`, packContainer(new Uint8Array())),
    server.write(`${folder}/14`, ''),
    // where no server looks
    server.write(`shares/zz/${siText(si)}/0`, container),
    server.write('shares/README', 'hello'),
    server.write(`shares/${siText(si).slice(0, 2)}/notes`, 'hello'),
    server.write(`shares/abc/x`, container),
    server.write(`shares/${siText(si).slice(0, 2)}/${siText(si).toUpperCase()}/0`, container),
  ];
  mkdirSync(join(server.dir, folder, '15'));
  const out = outside.put(indexOf('out'), 0, beyond);
  symlinkSync(out, join(server.dir, folder, '16'));
  const linked = siText(indexOf('linked'));
  server.write(`shares/${linked.slice(0, 2)}/keep`, '');
  symlinkSync(join(out, '..'), join(server.dir, 'shares', linked.slice(0, 2), linked));
  const far = siText(indexOf('out')).slice(0, 2);
  if (far !== linked.slice(0, 2) && far !== siText(si).slice(0, 2))
    symlinkSync(join(outside.dir, 'shares', far), join(server.dir, 'shares', far));
  server.write(`shares/incoming/${siText(si).slice(0, 2)}/${siText(si)}/5`, packContainer(uploading));
  const before = server.snapshot();
  const { trees } = await openTrees(t);
  await trees.attach(join(server.dir, 'shares'));
  const view = await viewWhen(trees, isActive);
  assert.equal(view.blobs, 1);
  // and the folder named 15, the three links, the file beside one of them
  assert.equal(view.skipped, skipped.length + 5);
  assert.ok(trees.find(uuidOf(share)));
  for (const bytes of [beyond, uploading]) assert.equal(trees.find(uuidOf(bytes)), undefined);
  assert.deepEqual(server.snapshot(), before);
});

test('leases that come, are renewed and go change no blob, and only what commits to its share is read again', async (t) => {
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('leased', 40_000);
  const share = shares[0]!;
  const path = server.put(si, 0, share);
  const opened = await openTrees(t, undefined, { restMs: () => 60_000 });
  const { trees } = opened;
  await trees.attach(server.dir);
  await viewWhen(trees, isActive);
  const root = join(server.dir, 'shares');
  const steps: (() => Promise<void>)[] = [
    () => write(path, 12 + share.length, packLease(leaseOf('a', 1_800_000_000), 2)),
    async () => {
      await appendFile(path, packLease(leaseOf('b'), 2));
      await write(path, 8, fromHex('00000002')!);
    },
    async () => {
      const handle = await open(path, 'r+');
      await handle.truncate(12 + share.length + 72);
      await handle.close();
      await write(path, 8, fromHex('00000001')!);
    },
  ];
  // A byte in the middle is other than it was: whoever reads all of it would see.
  await write(path, 12 + 5000, Uint8Array.of(share[5000]! ^ 1));
  for (const step of steps) {
    await step();
    await trees.attach(server.dir);
    const { mtimeNs } = statSync(path, { bigint: true });
    await until(async () => {
      const [record] = await recordsOf(opened);
      return record?.state === 'good' && record.stamp.mtimeNs === mtimeNs;
    });
    assert.deepEqual(trees.find(uuidOf(share)), place(path, share, root));
  }
});

async function write(path: string, at: number, bytes: Uint8Array): Promise<void> {
  const handle = await open(path, 'r+');
  await handle.write(bytes, 0, bytes.length, at);
  await handle.close();
}

async function recordsOf({ db, book }: Opened): Promise<ShareRecord[]> {
  const out: ShareRecord[] = [];
  for await (const [, record] of new TahoeIndex(db).records(book.all('tahoe')[0]!.id)) out.push(record);
  return out;
}

test('new shares come, removed ones go, and replaced ones are hashed anew, in the same inode too', async (t) => {
  const server = new ServerDir(tempDir(t));
  const [one, two] = [await sharesOf('one'), await sharesOf('two')];
  server.put(one.si, 0, one.shares[0]!);
  server.put(one.si, 1, one.shares[1]!);
  const { trees, changes } = await openTrees(t);
  await trees.attach(server.dir);
  await viewWhen(trees, isActive);
  const told = changes();
  const there = (share: Uint8Array) => trees.find(uuidOf(share)) !== undefined;

  server.put(two.si, 2, two.shares[0]!);
  await until(() => there(two.shares[0]!));
  assert.ok(changes() > told);

  server.remove(one.si, 1);
  assert.ok(!there(one.shares[1]!), 'at once');
  await viewWhen(trees, ({ blobs }) => blobs === 2);

  // Deleted and uploaded anew: file systems give the number of the inode again.
  server.remove(one.si, 0);
  server.put(one.si, 0, one.shares[2]!);
  await until(() => there(one.shares[2]!));
  await until(() => !there(one.shares[0]!));

  // Written over, which no server does: the same inode, length and place, and a sibling's chain.
  const handle = await open(server.path(two.si, 2), 'r+');
  await handle.write(packContainer(two.shares[1]!, [leaseOf('a')]), 0);
  await handle.close();
  await until(() => there(two.shares[1]!));
  await until(() => !there(two.shares[0]!));
  const view = await viewWhen(trees, isActive);
  assert.equal(view.blobs, 2);
  assert.equal(view.bytes, one.shares[2]!.length + two.shares[1]!.length);
});

test('a share of the same commitment in another inode is hashed all the same', async (t) => {
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('twin', 20_000);
  const share = shares[0]!;
  const path = server.put(si, 0, share);
  const { trees } = await openTrees(t);
  await trees.attach(server.dir);
  await viewWhen(trees, isActive);
  const other = share.slice();
  other[5000]! ^= 1;
  renameSync(server.write('shares/incoming/x', packContainer(other, [leaseOf('a')])), path);
  await until(() => trees.find(uuidOf(other)) !== undefined);
  assert.equal(trees.find(uuidOf(share)), undefined);
});

test('bytes found bad are not served until their file changes, and then as what they are', async (t) => {
  const server = new ServerDir(tempDir(t));
  const { si, shares } = await sharesOf('rotten', 20_000);
  const share = shares[0]!;
  const path = server.put(si, 0, share);
  const { trees } = await openTrees(t);
  await trees.attach(server.dir);
  await viewWhen(trees, isActive);
  const { atime, mtime } = statSync(path);
  const before = server.snapshot();
  await trees.corrupt(uuidOf(share), 'its bytes are other ones');
  assert.equal(trees.find(uuidOf(share)), undefined);
  assert.deepEqual(trees.bad(uuidOf(share)), { path, reason: 'its bytes are other ones' });
  assert.deepEqual(server.snapshot(), before);
  await trees.attach(server.dir);
  const view = await viewWhen(trees, isActive);
  assert.deepEqual([view.blobs, view.corrupt, view.bytes], [0, 1, 0]);
  // Touched: looked into once more, all of it.
  const bad = share.slice();
  bad[5000]! ^= 1;
  await write(path, 12 + 5000, bad.subarray(5000, 5001));
  utimesSync(path, atime, mtime);
  await until(() => trees.find(uuidOf(bad)) !== undefined);
  assert.equal(trees.find(uuidOf(share)), undefined);
  assert.equal(trees.bad(uuidOf(share)), undefined);
  // One that changed before it was found bad is looked into, not condemned.
  await write(path, 12 + 5000, share.subarray(5000, 5001));
  await trees.corrupt(uuidOf(bad), 'its bytes are other ones');
  await until(() => trees.find(uuidOf(share)) !== undefined);
  assert.equal((await viewWhen(trees, isActive)).corrupt, 0);
});

test('copies of one share are one blob, found as long as one is there', async (t) => {
  const server = new ServerDir(tempDir(t));
  const other = new ServerDir(tempDir(t));
  const { shares } = await sharesOf('copied');
  const share = shares[0]!;
  const names = Array.from({ length: 12 }, (_, i) => indexOf(`copy ${i}`));
  for (const si of names) server.put(si, 0, share);
  other.put(names[0]!, 0, share);
  linkSync(other.path(names[0]!, 0), join(other.dir, 'shares', siText(names[0]!).slice(0, 2), siText(names[0]!), '1'));
  const { trees } = await openTrees(t);
  await trees.attach(server.dir);
  await trees.attach(other.dir);
  await until(async () => (await trees.roots()).every(isActive));
  const blobs = async () => (await trees.roots()).map((view) => view.blobs);
  assert.deepEqual(await blobs(), [12, 2]);
  const entries = [];
  for await (const { uuid } of trees.entries()) entries.push(uuid);
  assert.deepEqual(entries, [uuidOf(share)]);
  await trees.detach(other.dir);
  for (const si of names.slice(0, -1)) {
    server.remove(si, 0);
    await until(() => trees.find(uuidOf(share)) !== undefined);
  }
  await viewWhen(trees, (view) => view.blobs === 1);
  server.remove(names.at(-1)!, 0);
  assert.equal(trees.find(uuidOf(share)), undefined);
});

test('what is no storage directory, lies in one that is attached, or holds it, is refused', async (t) => {
  const dir = tempDir(t);
  const server = new ServerDir(join(dir, 'server'));
  mkdirSync(join(dir, 'plain'));
  writeFileSync(join(dir, 'file'), '');
  mkdirSync(join(dir, 'link'));
  symlinkSync(join(server.dir, 'shares'), join(dir, 'link', 'shares'));
  const { trees, book } = await openTrees(t);
  const refused = (path: string, code: string, message: RegExp) =>
    assert.rejects(trees.attach(join(dir, path)), { name: 'Failure', code, message });
  await refused('plain', 'usage', /no storage directory/);
  await refused('file', 'usage', /no storage directory/);
  await refused('none', 'not-found', /no such file/);
  await refused('link', 'usage', /symbolic link/);
  assert.deepEqual(book.all(), []);
  await trees.attach(join(server.dir, 'shares'));
  await trees.attach(server.dir);
  assert.equal(book.all().length, 1);
  const inner = new ServerDir(join(server.dir, 'shares', 'aa'));
  await refused('server/shares/aa', 'usage', /lies in/);
  assert.equal(await trees.detach(inner.dir), undefined);
  assert.equal((await trees.detach(server.dir))?.path, join(server.dir, 'shares'));
  assert.deepEqual(await trees.roots(), []);
});
