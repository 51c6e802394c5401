import assert from 'node:assert/strict';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readPassphrase } from '../../src/lib/cli/secrets.js';
import { Settings } from '../../src/lib/cli/settings.js';
import { tempDir } from '../helpers/temp.js';

const none = new Settings('/nonexistent/config.json', {});

function secretFile(t: TestContext, text: string): string {
  const file = join(tempDir(t), 'pw');
  writeFileSync(file, text);
  return file;
}

test('descriptor before file before command', async (t) => {
  const file = secretFile(t, 'from file\n');
  const fd = openSync(secretFile(t, 'from descriptor\n'), 'r');
  t.after(() => closeSync(fd));
  const flags = { 'passphrase-file': file, 'passphrase-command': 'echo from command' };
  assert.equal(await readPassphrase({ ...flags, 'passphrase-fd': fd }, none), 'from descriptor');
  assert.equal(await readPassphrase(flags, none), 'from file');
  assert.equal(await readPassphrase({ 'passphrase-command': 'echo from command' }, none), 'from command');
});

test('a flag before the environment', async (t) => {
  const settings = new Settings('/nonexistent/config.json', { HOLDFAST_PASSPHRASE_FILE: secretFile(t, 'environment') });
  assert.equal(await readPassphrase({}, settings), 'environment');
  assert.equal(await readPassphrase({ 'passphrase-command': 'echo flag' }, settings), 'flag');
});

test('the first line is the passphrase, with its blanks', async (t) => {
  assert.equal(await readPassphrase({ 'passphrase-file': secretFile(t, ' a b \r\nnot this\n') }, none), ' a b ');
});

test('an empty one is refused with 12', async (t) => {
  await assert.rejects(readPassphrase({ 'passphrase-file': secretFile(t, '\n') }, none), { code: 'passphrase' });
});

test('a command that fails is 12, and its output is not told', async () => {
  await assert.rejects(readPassphrase({ 'passphrase-command': 'echo sekret; echo sekret >&2; exit 3' }, none), {
    code: 'passphrase',
    message: 'the passphrase command failed',
  });
});

test('a file that is not there is not found, exit 4', async () => {
  await assert.rejects(readPassphrase({ 'passphrase-file': '/nonexistent/pw' }, none), { code: 'not-found' });
});
