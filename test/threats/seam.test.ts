import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSource, sources } from '../helpers/imports.js';

test('no source hands in a defence: only tests that attack do', () => {
  const naming = sources('src').filter((file) => /\bdefences\b\s*[:=,}]/.test(readSource(file)));
  // It is declared in one file, and taken from the context of a block in it.
  assert.deepEqual(naming, ['src/lib/chain/rules/run.ts']);
});
