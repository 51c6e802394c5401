import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collect, operandWords, readText } from '../../src/lib/cli/input.js';
import { tempDir } from '../helpers/temp.js';

test('operands stand for themselves', async () => {
  assert.deepEqual(await collect(operandWords(['a', 'b'])), ['a', 'b']);
});

test('no operand is a usage error, which names what is missing', async () => {
  await assert.rejects(collect(operandWords([], { called: 'UUID' })), {
    code: 'usage',
    message: 'missing operand: UUID',
  });
  await assert.rejects(collect(operandWords(undefined)), { code: 'usage' });
});

test('stdin is read once only', async () => {
  await assert.rejects(collect(operandWords(['-', '-'])), { code: 'usage' });
});

test('--files0-from takes names with anything but NUL in them', async (t) => {
  const file = join(tempDir(t), 'names');
  writeFileSync(file, ' a b \0c\nd\0\0é');
  assert.deepEqual(await collect(operandWords(undefined, { files0: file })), [' a b ', 'c\nd', 'é']);
  await assert.rejects(collect(operandWords(['x'], { files0: file })), { code: 'usage' });
});

test('an empty list is no work', async (t) => {
  const file = join(tempDir(t), 'names');
  writeFileSync(file, '');
  assert.deepEqual(await collect(operandWords(undefined, { files0: file })), []);
});

test('a line without end is refused before it fills the memory', async (t) => {
  const file = join(tempDir(t), 'names');
  writeFileSync(file, 'x'.repeat(100_000));
  await assert.rejects(collect(operandWords(undefined, { files0: file })), { code: 'usage' });
});

test('a file that is not there fails by its name', async () => {
  await assert.rejects(collect(operandWords(undefined, { files0: '/nonexistent/x' })), {
    code: 'not-found',
    message: 'cannot read /nonexistent/x: no such file or directory',
  });
});

test('text is bounded, and refused when empty', async (t) => {
  const file = join(tempDir(t), 'text');
  writeFileSync(file, 'abc');
  assert.equal(await readText(file), 'abc');
  await assert.rejects(readText(file, 2), { code: 'usage' });
  writeFileSync(file, '');
  await assert.rejects(readText(file), { code: 'usage' });
});
