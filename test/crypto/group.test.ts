import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { L, P } from '../../src/lib/crypto/ed25519.js';
import { clearCofactor, multiply, multiplyBase, reduceScalar, subtract } from '../../src/lib/crypto/group.js';
import { fromBigIntLE, toBigIntLE, toHex } from '../../src/lib/util/bytes.js';

const { Point } = ed25519;
const torsion = ED25519_TORSION_SUBGROUP.map((text) => Point.fromHex(text));
const scalars = fc.bigInt({ min: 1n, max: L - 1n });
const few = { numRuns: 40 };
const le = (n: bigint) => fromBigIntLE(n, 32);
const hex = (bytes: Uint8Array | undefined) => bytes && toHex(bytes);

test('property: libsodium multiplies and subtracts as noble does', () => {
  fc.assert(
    fc.property(scalars, scalars, (a, b) => {
      const p = Point.BASE.multiply(a);
      const q = Point.BASE.multiply(b);
      assert.equal(hex(multiplyBase(le(a))), p.toHex());
      assert.equal(hex(multiply(le(b), p.toBytes())), p.multiply(b).toHex());
      assert.equal(hex(subtract(p.toBytes(), q.toBytes())), p.subtract(q).toHex());
    }),
    few,
  );
});

test('property: the cofactor is cleared of points of any order but the small ones', () => {
  fc.assert(
    fc.property(scalars, fc.nat(7), (a, part) => {
      const mixed = Point.BASE.multiply(a).add(torsion[part]!);
      assert.equal(hex(clearCofactor(mixed.toBytes())), mixed.clearCofactor().toHex());
      if (part > 0) assert.equal(multiply(le(2n), mixed.toBytes()), undefined, 'no multiples of mixed order');
    }),
    few,
  );
  for (const point of torsion) assert.equal(clearCofactor(point.toBytes()), undefined);
});

test('property: any 32 bytes are a point to libsodium where they are one to RFC 8032, or of small order', () => {
  const decodes = (bytes: Uint8Array) => {
    try {
      return Point.fromBytes(bytes).clearCofactor();
    } catch {
      return undefined;
    }
  };
  const high = Array.from({ length: 19 }, (_, i): [Uint8Array<ArrayBuffer>] => [Uint8Array.from(le(P + BigInt(i)))]);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const point = decodes(bytes);
      assert.equal(hex(clearCofactor(bytes)), point && !point.is0() ? point.toHex() : undefined);
    }),
    { numRuns: 200, examples: high },
  );
});

test('zero, lengths that fit nothing, and no points have no result', () => {
  const base = Point.BASE.toBytes();
  assert.equal(multiplyBase(le(0n)), undefined);
  assert.equal(multiply(le(0n), base), undefined);
  for (const bytes of [new Uint8Array(31), new Uint8Array(33), le(2n)]) {
    assert.equal(multiply(le(5n), bytes), undefined);
    assert.equal(subtract(base, bytes), undefined);
    assert.equal(clearCofactor(bytes), undefined);
  }
});

test('property: 64 bytes are reduced mod L', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (wide) => {
      assert.equal(toBigIntLE(reduceScalar(wide)), toBigIntLE(wide) % L);
    }),
  );
});
