import assert from 'node:assert/strict';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolder } from '../../src/lib/store/folders.js';
import { tempDir } from '../helpers/temp.js';

test('a folder is made with those above it, and one that is there is left as it is', async (t) => {
  const dir = tempDir(t);
  const deep = join(dir, 'a', 'b', 'c');
  await makeFolder(deep, 0o700);
  for (const path of [deep, join(dir, 'a')]) assert.equal(statSync(path).mode & 0o777, 0o700);
  await makeFolder(deep);
  assert.equal(statSync(deep).mode & 0o777, 0o700);
  await makeFolder('/');
});

test('where none can be made, it is said why, and once', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), '');
  await assert.rejects(makeFolder(join(dir, 'file', 'a', 'b')), { code: 'ENOTDIR' });
  if (existsSync('/proc/self')) await assert.rejects(makeFolder('/proc/none/such'), { code: 'ENOENT' });
});
