import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { AHEAD, contractName, expectedNames } from '../../src/lib/bounty/names.js';
import { toHex, u32be } from '../../src/lib/util/bytes.js';

const secret = (n: number) => new Uint8Array(32).fill(n);

test('a name is the protocol page, word for word', () => {
  const name = createHmac('sha256', secret(1)).update(u32be(77)).digest('hex');
  assert.equal(toHex(contractName(secret(1), 77)), name);
});

test('names are expected beyond the last that was seen, and a few before the first that is not settled', () => {
  assert.deepEqual(expectedNames({ next: 0 }), { from: 0, to: AHEAD });
  assert.deepEqual(expectedNames({ next: 5 }), { from: 3, to: 5 + AHEAD });
  assert.deepEqual(expectedNames({ next: 5, seen: 4 }), { from: 3, to: 5 + AHEAD });
  assert.deepEqual(expectedNames({ next: 5, seen: 15 }), { from: 3, to: 15 + AHEAD });
});

test('a batch of 256 that is halved until one blob is left, and tried once more, uses no name that is not expected', () => {
  let seen = 0;
  const posts = 1 + Math.log2(256) + 1;
  for (let i = 0; i < posts; i += 1) {
    const { from, to } = expectedNames({ next: 0, seen });
    assert.ok(i >= from && i < to);
    seen = i + 1;
  }
  assert.ok(posts > AHEAD);
});
