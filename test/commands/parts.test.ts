import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeOut, writeSecret } from '../../src/lib/cli/outfile.js';
import { parseShares } from '../../src/lib/cli/shares.js';
import { parseSince } from '../../src/lib/cli/since.js';
import { openSource } from '../../src/lib/cli/source.js';
import { happyFor, healthOf } from '../../src/lib/codec/happy.js';
import { tempDir } from '../helpers/temp.js';
import { each } from './samples.js';

test('a way to share', () => {
  assert.deepEqual(parseShares('3/7/10'), { needed: 3, happy: 7, total: 10 });
  assert.deepEqual(parseShares('3/10'), { needed: 3, happy: 7, total: 10 });
  assert.deepEqual(parseShares('1/256'), { needed: 1, happy: 7, total: 256 });
  assert.deepEqual(parseShares('3/3/3'), { needed: 3, happy: 3, total: 3 });
  for (const text of ['', '3', '0/10', '3/257', '3/7/10/11', '3/11/10', '3/2/10', ' 3/10', '3/1e1', '-3/10']) {
    assert.throws(() => parseShares(text), { code: 'usage' }, text);
  }
});

test('how many good shares are enough: never fewer than needed, nor more than there are', () => {
  assert.deepEqual([happyFor(20, 30), happyFor(2, 4), happyFor(3, 10)], [20, 4, 7]);
  assert.deepEqual([happyFor(3, 10, 1), happyFor(3, 10, 9), happyFor(3, 10, 256)], [3, 9, 10]);
  assert.deepEqual(
    [2, 3, 6, 7].map((good) => healthOf(good, 3, 7)),
    ['lost', 'degraded', 'degraded', 'healthy'],
  );
});

test('since when', () => {
  const now = Date.UTC(2026, 10, 23, 12);
  assert.equal(parseSince('36h', now), Date.UTC(2026, 10, 22));
  assert.equal(parseSince('2026-10-01', now), Date.UTC(2026, 9, 1));
  assert.equal(parseSince('2026-10-01T06:30:00Z', now), Date.UTC(2026, 9, 1, 6, 30));
  assert.equal(parseSince('2026-10-01t06:30:00.5+02:00', now), Date.UTC(2026, 9, 1, 4, 30, 0, 500));
  assert.equal(parseSince('999999d', now), 0);
  for (const text of [
    '',
    '30',
    '2026-13-01',
    '2026-02-30',
    '2026-10-01T25:00:00Z',
    '01/10/2026',
    '2026-10-01T06:30',
    '2026',
  ]) {
    assert.throws(() => parseSince(text, now), { code: 'usage' }, text);
  }
});

test('an output is whole or absent, and follows links', async (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'out');
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('it broke');
  }
  await assert.rejects(writeOut(path, broken()), /it broke/);
  assert.deepEqual(readdirSync(dir), []);
  await writeOut(path, each(Buffer.from('a'), Buffer.from('b')));
  await assert.rejects(writeOut(path, broken()), /it broke/);
  assert.equal(readFileSync(path, 'utf8'), 'ab');
  symlinkSync(path, join(dir, 'link'));
  await writeOut(join(dir, 'link'), each(Buffer.from('c')));
  assert.equal(readFileSync(path, 'utf8'), 'c');
  assert.ok(lstatSync(join(dir, 'link')).isSymbolicLink());
  assert.deepEqual(readdirSync(dir).sort(), ['link', 'out']);
  await writeOut('/dev/null', each(Buffer.from('c')));
  await assert.rejects(writeOut('/dev/full', each(Buffer.from('c'))), { code: 'disk-full' });
});

test('a secret replaces what others may read by what they may not', async (t) => {
  const path = join(tempDir(t), 'cap');
  writeFileSync(path, 'old', { mode: 0o644 });
  await writeSecret(path, 'URI:LIT:ge\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a source that cannot be read twice is kept, without a name', async (t) => {
  const dir = tempDir(t);
  const source = await openSource('/proc/self/status', dir);
  // A file of procfs says that it is regular and of no size: only reading tells.
  assert.ok(source.size > 0);
  await source.close();
  const device = await openSource('/dev/null', dir);
  assert.equal(device.size, 0);
  assert.deepEqual(readdirSync(dir), []);
  await device.close();
});
