import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Handlers } from '../../src/lib/rpc/handlers.js';
import type { MoveRecord, RootRecord } from '../../src/lib/rpc/records.js';
import type { BlobCheck } from '../../src/lib/rpc/results.js';
import { Failure } from '../../src/lib/util/errors.js';
import { desk, fails, records, succeeds } from './harness.js';
import { each, id, root } from './samples.js';

const [A, B, C] = [id('a'), id('b'), id('c')];

function moved(uuid: string, more: Partial<MoveRecord> = {}): MoveRecord {
  return { type: 'move', uuid, bytes: 50, from: '/mnt/a', to: '/mnt/b', status: 'moved', reason: null, ...more };
}

test('attach takes an absolute path and the limits to the node, and prints the directory', async (t) => {
  const asked: Parameters<Handlers['steward.attach']>[0][] = [];
  const { run } = await desk(t, {
    'steward.attach': async (params) => {
      asked.push(params);
      if (params.dir === '/full') throw new Failure('usage', '/full is not empty, and no root of blobs');
      return root(params.dir, { kind: params.blobs ? 'blobs' : 'tahoe' });
    },
  });
  const ran = await run(['steward', 'attach', '--blobs', '--capacity', '2TB', '--reserve', '1GiB', '/mnt/./b/']);
  succeeds(ran);
  assert.equal(ran.stdout, '/mnt/b\n');
  await run(['steward', 'attach', '--blobs', '--capacity', '0', 'relative']);
  const [tree] = records((await run(['steward', 'attach', '--json', '/srv/shares'])).stdout);
  assert.equal(tree!.kind, 'tahoe');
  assert.deepEqual(asked, [
    { dir: '/mnt/b', blobs: true, capacity: 2_000_000_000_000, reserve: 2 ** 30 },
    { dir: `${process.cwd()}/relative`, blobs: true, capacity: null },
    { dir: '/srv/shares', blobs: false },
  ]);
  fails(await run(['steward', 'attach', '--blobs', '/full']), 2, /not empty/);
  fails(await run(['steward', 'attach', '--blobs']), 2, /missing operand: DIR/);
  fails(await run(['steward', 'attach', '--capacity', 'much', '/mnt/b']), 2, /not a size: much/);
});

test('detach is silent, and refused where blobs are needed', async (t) => {
  const asked: object[] = [];
  const { run } = await desk(t, {
    'steward.detach': async (params) => {
      asked.push(params);
      if (params.dir === '/mnt/needed') throw new Failure('failure', '/mnt/needed holds blobs that are needed');
      return root(params.dir);
    },
  });
  const ran = await run(['steward', 'detach', '/mnt/b']);
  succeeds(ran);
  assert.equal(ran.stdout, '');
  assert.equal(records((await run(['steward', 'detach', '--lost', '--json', '/mnt/b'])).stdout)[0]!.path, '/mnt/b');
  fails(await run(['steward', 'detach', '/mnt/needed']), 1, /are needed/);
  fails(await run(['steward', 'detach']), 2, /missing operand: DIR/);
  assert.deepEqual(asked.slice(0, 2), [
    { dir: '/mnt/b', lost: false },
    { dir: '/mnt/b', lost: true },
  ]);
});

test('ls: a line a directory; one that is missing is said, and is exit 3', async (t) => {
  let roots = [root('/mnt/a'), root('/srv/shares', { kind: 'tahoe', skipped: 4 })];
  const { run } = await desk(t, { 'steward.ls': () => each(...roots) });
  const ran = await run(['steward', 'ls']);
  succeeds(ran);
  assert.equal(
    ran.stdout,
    'blobs\tactive\t2\t50\t1000000000000\t\t0\t0\t0\t/mnt/a\ntahoe\tactive\t2\t50\t1000000000000\t\t0\t4\t0\t/srv/shares\n',
  );
  assert.equal((await run(['steward', 'ls', '-q'])).stdout, '/mnt/a\n/srv/shares\n');
  roots = [root('/mnt/a', { state: 'missing', blobs: 0, bytes: 0, free_bytes: null })];
  const missing = await run(['steward', 'ls', '--json']);
  assert.equal(missing.status, 3);
  assert.equal(missing.stderr, 'holdfast: warning: /mnt/a is not there: mount it again\n');
  assert.equal(records(missing.stdout)[0]!.state, 'missing');
});

test('move: a record a blob, the worst verdict stands, a missing disk is told', async (t) => {
  const asked: object[] = [];
  let answer: Handlers['steward.move'] = () => each(moved(A), moved(B));
  const { run } = await desk(t, {
    'steward.move': (params, context) => {
      asked.push(params);
      return answer(params, context);
    },
  });
  const ran = await run(['steward', 'move', '--to', '/mnt/b', '--from', '/mnt/a']);
  succeeds(ran);
  assert.equal(ran.stdout, `${A}\t50\tmoved\t/mnt/a\t/mnt/b\t\n${B}\t50\tmoved\t/mnt/a\t/mnt/b\t\n`);
  assert.deepEqual(asked, [{ to: '/mnt/b', from: '/mnt/a', dryRun: false }]);
  await run(['steward', 'move', '-n', '--to', '/mnt/b']);
  assert.deepEqual(asked[1], { to: '/mnt/b', dryRun: true });
  const bad = [moved(A, { status: 'failed', reason: 'unreadable' }), moved(B, { status: 'corrupt', reason: 'bad' })];
  answer = () => each<MoveRecord | RootRecord>(...bad, moved(C), root('/mnt/c', { state: 'missing' }));
  const worst = await run(['steward', 'move', '--to', '/mnt/b', '--json']);
  assert.equal(worst.status, 21);
  assert.equal(records(worst.stdout).length, 3);
  assert.equal(worst.stderr, 'holdfast: warning: /mnt/c is not there: mount it again\n');
  answer = () => each<MoveRecord | RootRecord>(moved(A), root('/mnt/c', { state: 'missing' }));
  assert.equal((await run(['steward', 'move', '--to', '/mnt/b', '-q'])).status, 3);
  answer = async function* () {
    yield moved(A);
    throw new Failure('disk-full', 'storing a blob: no space left on the device');
  };
  const full = await run(['steward', 'move', '--to', '/mnt/b']);
  assert.equal(full.status, 14);
  assert.match(full.stdout, /moved/);
  fails(await run(['steward', 'move']), 2, /to/);
});

test('blob check --all: a bounded rate, the worst verdict, and what could not be read', async (t) => {
  const rates: number[] = [];
  const { run } = await desk(t, {
    'blob.scrub': ({ rate }) => {
      rates.push(rate);
      const lost = { uuid: B, good: false, reason: 'its bytes went bad' };
      if (rate === 7)
        return each<BlobCheck | RootRecord>(
          { uuid: A, good: true, reason: null },
          root('/mnt/c', { state: 'missing' }),
        );
      return each<BlobCheck>({ uuid: A, good: true, reason: null }, lost, { uuid: C, good: true, reason: null });
    },
  });
  const ran = await run(['blob', 'check', '--all']);
  assert.equal(ran.status, 21);
  assert.equal(ran.stderr, '');
  assert.equal(ran.stdout, `${A}\tgood\t\n${B}\tlost\tits bytes went bad\n${C}\tgood\t\n`);
  const missing = await run(['blob', 'check', '--all', '--rate', '7', '--json']);
  assert.equal(missing.status, 3);
  assert.deepEqual(
    records(missing.stdout).map(({ type, uuid }) => [type, uuid]),
    [['blob-check', A]],
  );
  assert.match(missing.stderr, /\/mnt\/c is not there/);
  await run(['blob', 'check', '--all', '--rate', '0']);
  assert.deepEqual(rates, [100 * 2 ** 20, 7, 0]);
  fails(await run(['blob', 'check', '--all', A]), 2, /--all takes no operands/);
  fails(await run(['blob', 'check', '--rate', '1MB', A]), 2, /--rate is for --all/);
});
