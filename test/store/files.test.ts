import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileDurably } from '../../src/lib/store/files.js';
import { tempDir } from '../helpers/temp.js';

test('a file is written whole, for its owner alone, with its folder', async (t) => {
  const dir = tempDir(t);
  const path = join(dir, 'deep', 'file');
  await writeFileDurably(path, 'first');
  assert.equal(readFileSync(path, 'utf8'), 'first');
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(join(dir, 'deep')).mode & 0o777, 0o700);
  await writeFileDurably(path, new Uint8Array(300_000).fill(7), 0o644);
  assert.deepEqual(readFileSync(path), Buffer.alloc(300_000, 7));
  assert.deepEqual(readdirSync(join(dir, 'deep')), ['file']);
});

test('what a kill left under the temporary name is overwritten, not appended to', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file.new'), 'a long text that was cut off');
  await writeFileDurably(join(dir, 'file'), 'short');
  assert.equal(readFileSync(join(dir, 'file'), 'utf8'), 'short');
  assert.deepEqual(readdirSync(dir), ['file']);
});

test('where the new one cannot be written, the old one stays', async (t) => {
  const dir = tempDir(t);
  await writeFileDurably(join(dir, 'file'), 'old');
  mkdirSync(join(dir, 'file.new'));
  await assert.rejects(writeFileDurably(join(dir, 'file'), 'new'), { code: 'EISDIR' });
  assert.equal(readFileSync(join(dir, 'file'), 'utf8'), 'old');
});
