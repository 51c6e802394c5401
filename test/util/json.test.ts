import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packJson, unpackJson } from '../../src/lib/util/json.js';

const name = fc.string({ maxLength: 8 }).filter((key) => !key.startsWith('$') && key !== '__proto__');
const { plain } = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.bigInt(-(1n << 70n), 1n << 70n),
    fc.uint8Array({ maxLength: 6 }),
    fc.maxSafeInteger(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
  ),
  plain: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    fc.array(tie('plain'), { maxLength: 4 }),
    fc.dictionary(name, tie('plain'), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

test('what was packed comes back from JSON as it was', () => {
  fc.assert(
    fc.property(plain, (value) => {
      assert.deepEqual(unpackJson(JSON.parse(JSON.stringify(packJson(value)))), value);
    }),
  );
});

test('bigint and bytes have one form each', () => {
  assert.deepEqual(packJson({ a: 12n, b: Uint8Array.of(0, 255), c: [-1n] }), {
    a: { $n: '12' },
    b: { $x: '00ff' },
    c: [{ $n: '-1' }],
  });
});

test('threat 22: malformed tagged values throw, or stay the objects they are', () => {
  assert.throws(() => unpackJson({ $x: '0' }), /malformed/);
  assert.throws(() => unpackJson([{ $x: 'zz' }]), /malformed/);
  assert.throws(() => unpackJson({ deep: { $x: 7 } }), /malformed/);
  for (const value of [{ $n: '1e9' }, { $n: 5 }, { $n: '' }, { $n: '9'.repeat(41) }, { $n: '1', $x: '00' }]) {
    assert.deepEqual(unpackJson(value), value);
  }
});
