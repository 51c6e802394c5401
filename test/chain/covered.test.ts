import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RULES } from '../../src/lib/chain/errors.js';
import { readSource, sources } from '../helpers/imports.js';

/** Where a test expects a code: handed to an assertion, in a table's row, or compared with. */
const EXPECTED = (rule: string) => new RegExp(`(?:[(,[?:=]|=> |\\btrue : )\\s*'${rule}'`);

test('every reason to refuse something is expected by some test of the ledger', () => {
  const texts = ['test/chain', 'test/net']
    .flatMap(sources)
    .filter((file) => !file.endsWith('covered.test.ts'))
    .map(readSource);
  const forgotten = Object.keys(RULES).filter((rule) => !texts.some((text) => EXPECTED(rule).test(text)));
  assert.deepEqual(forgotten, []);
});
