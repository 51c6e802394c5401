import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AREAS } from '../../src/lib/store/layout.js';

test('no two areas of the database share a prefix, and each is one byte', () => {
  const prefixes = Object.values(AREAS);
  assert.equal(new Set<string>(prefixes).size, prefixes.length);
  for (const prefix of prefixes) assert.equal(Buffer.byteLength(prefix), 1);
});
