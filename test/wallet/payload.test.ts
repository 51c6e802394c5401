import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concat } from '../../src/lib/util/bytes.js';
import { type Cbor, encodeCbor } from '../../src/lib/util/cbor.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { decodePayload, encodePayload } from '../../src/lib/wallet/payload.js';

const entropy = new Uint8Array(32).fill(3);

test('property: a payload reads back', () => {
  const time = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), time, (bytes, createdMs) => {
      assert.deepEqual(decodePayload(encodePayload({ entropy: bytes, createdMs })), { entropy: bytes, createdMs });
    }),
  );
});

test('anything else is refused, a newer version by name', () => {
  const values: Cbor[] = [
    [],
    7,
    [1],
    [1, entropy],
    [1, entropy, -1],
    [1, entropy, 1.5],
    [1, entropy, 0, 0],
    [1, entropy.slice(1), 0],
    [1, 'words', 0],
    [0, entropy, 0],
    ['1', entropy, 0],
  ];
  const bad = [...values.map(encodeCbor), new Uint8Array(0), Uint8Array.of(0xff)];
  bad.push(concat(encodePayload({ entropy, createdMs: 0 }), Uint8Array.of(0)));
  for (const bytes of bad) {
    assert.throws(
      () => decodePayload(bytes),
      (error) => isFailure(error) && error.code === 'failure' && error.message === 'the key file holds no wallet',
    );
  }
  assert.throws(() => decodePayload(encodeCbor([2, entropy, 0, 'more'])), /of version 2, this holdfast knows 1/);
});
