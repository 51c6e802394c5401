import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { type Cbor, decodeCbor, encodeCbor } from '../../src/lib/util/cbor.js';

const { value } = fc.letrec<{ value: Cbor }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.bigInt(1n << 53n, (1n << 64n) - 1n),
    fc.string({ unit: 'grapheme', maxLength: 8 }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 5 }),
  ),
}));

test('what was encoded comes back, and has one encoding', () => {
  fc.assert(
    fc.property(value, (given) => {
      const bytes = encodeCbor(given);
      const back = decodeCbor(bytes);
      assert.deepEqual(back, given);
      assert.deepEqual(encodeCbor(back), bytes);
    }),
  );
});

test('RFC 8949 appendix A: integers, strings and arrays', () => {
  const vectors: [Cbor, string][] = [
    [0, '00'],
    [23, '17'],
    [24, '1818'],
    [1_000_000, '1a000f4240'],
    [1_000_000_000_000, '1b000000e8d4a51000'],
    [18446744073709551615n, '1bffffffffffffffff'],
    [-1000, '3903e7'],
    [Uint8Array.of(1, 2, 3, 4), '4401020304'],
    ['ü', '62c3bc'],
    [[1, [2, 3], [4, 5]], '8301820203820405'],
    [false, 'f4'],
    [null, 'f6'],
  ];
  for (const [given, hex] of vectors) {
    assert.equal(toHex(encodeCbor(given)), hex);
    assert.deepEqual(decodeCbor(fromHex(hex)!), given);
  }
});

test('threat 22: any other encoding of the same value is refused', () => {
  const other = {
    'a longer integer': '1817',
    'an indefinite array': '9f01ff',
    'an indefinite string': '5f4101ff',
    'a longer length': '580101',
    'bytes behind the end': '0000',
    'a value cut short': '1b0000',
    'a half float': 'f93c00',
    undefined: 'f7',
    'a tag': 'c001',
    nothing: '',
  };
  for (const [what, hex] of Object.entries(other)) assert.throws(() => decodeCbor(fromHex(hex)!), what);
});

test('threat 22: arbitrary bytes throw or are the one form', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      let decoded: Cbor;
      try {
        decoded = decodeCbor(bytes);
      } catch {
        return;
      }
      assert.deepEqual(encodeCbor(decoded), bytes);
    }),
    { numRuns: 500 },
  );
});
