import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PROBE_BYTES, probeRange } from '../../src/lib/bounty/probe.js';

const KEY = new Uint8Array(32).fill(7);
const GIB = 2 ** 30;

test('property: a probe lies within its blob, and is all of a small one', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat(1023), fc.maxSafeNat(), (slot, i, size) => {
      const { offset, length } = probeRange(KEY, slot, i, size);
      assert.equal(length, Math.min(size, PROBE_BYTES));
      assert.ok(offset >= 0 && offset + length <= size);
    }),
  );
});

test('probes differ by key, deal and number, and lie everywhere in the blob', () => {
  const offsets = Array.from({ length: 1000 }, (_, i) => probeRange(KEY, 5, i, GIB).offset);
  assert.equal(new Set(offsets).size, 1000);
  for (let eighth = 0; eighth < 8; eighth++) {
    const within = offsets.filter((offset) => Math.floor((offset * 8) / GIB) === eighth).length;
    assert.ok(within > 80 && within < 170, `${within} in eighth ${eighth}`);
  }
  assert.notEqual(probeRange(KEY, 6, 0, GIB).offset, offsets[0], 'a restored deck dealt again');
  assert.notEqual(probeRange(new Uint8Array(32), 5, 0, GIB).offset, offsets[0]);
});
