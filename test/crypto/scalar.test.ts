import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { P, publicFromSeed, verifySignature } from '../../src/lib/crypto/ed25519.js';
import { sha512 } from '../../src/lib/crypto/hash.js';
import {
  addPoints,
  addScalars,
  isValidPoint,
  L,
  pointOf,
  scalarFromHash,
  signRaw,
} from '../../src/lib/crypto/scalar.js';
import { fromBigIntLE, fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';

const RANDOM = new Uint8Array(32).fill(9);
const scalars = fc.bigInt({ min: 1n, max: L - 1n });
const few = { numRuns: 25 };

test('scalars: little-endian, reduced', () => {
  const hash = new Uint8Array(64);
  hash[0] = 5;
  assert.equal(scalarFromHash(hash), 5n);
  assert.equal(scalarFromHash(new Uint8Array(64).fill(0xff)), ((1n << 512n) - 1n) % L);
  assert.throws(() => scalarFromHash(new Uint8Array(32)));
});

test('RFC 8032: a clamped seed, as a raw scalar, has the key the seed has', () => {
  const seed = fromHex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60')!;
  const { scalar } = ed25519.utils.getExtendedPublicKey(seed);
  assert.equal(toHex(pointOf(scalar)), toHex(publicFromSeed(seed)));
});

test('property: a signature under the sum of scalars verifies under the sum of keys, and under no part', () => {
  fc.assert(
    fc.property(
      fc.array(scalars, { minLength: 2, maxLength: 5 }),
      fc.uint8Array({ maxLength: 99 }),
      (parts, message) => {
        const sum = addScalars(parts);
        fc.pre(sum !== 0n);
        const key = addPoints(parts.map(pointOf));
        assert.deepEqual(key, pointOf(sum));
        const signature = signRaw(sum, message, RANDOM);
        assert.equal(verifySignature(signature, message, key), true);
        assert.equal(verifySignature(signature, message, pointOf(parts[0]!)), false);
      },
    ),
    few,
  );
});

test('the nonce of a signature changes with the randomness, the message and the scalar', () => {
  const first = (s: bigint, m: string, r: number) =>
    toHex(signRaw(s, utf8(m), new Uint8Array(32).fill(r)).slice(0, 32));
  const rs = [first(3n, 'a', 0), first(3n, 'a', 1), first(3n, 'b', 0), first(4n, 'a', 0)];
  assert.equal(new Set(rs).size, 4);
  assert.equal(first(3n, 'a', 0), rs[0]);
});

test('the signing nonce is the one the protocol states', () => {
  const message = utf8('body');
  const r = scalarFromHash(sha512(utf8('holdfast/sign/v1'), fromBigIntLE(77n, 32), RANDOM, message));
  assert.deepEqual(signRaw(77n, message, RANDOM).slice(0, 32), pointOf(r));
});

test('zero, and what is out of range, is no secret', () => {
  for (const scalar of [0n, L, -1n]) {
    assert.throws(() => pointOf(scalar), /invariant/);
    assert.throws(() => signRaw(scalar, utf8('m'), RANDOM), /invariant/);
  }
  assert.throws(() => signRaw(1n, utf8('m'), new Uint8Array(31)), /invariant/);
});

test('keys of small order, with a small-order part, not reduced or not on the curve are refused', () => {
  const { Point } = ed25519;
  const mixed = ED25519_TORSION_SUBGROUP.slice(1).map((hex) => Point.BASE.add(Point.fromHex(hex)).toBytes());
  const bad = [
    ...ED25519_TORSION_SUBGROUP.map((hex) => fromHex(hex)!),
    ...mixed,
    fromBigIntLE(P + 1n, 32),
    fromBigIntLE(2n, 32),
    new Uint8Array(31),
    new Uint8Array(33),
  ];
  for (const key of bad) {
    assert.equal(isValidPoint(key), false, toHex(key));
    assert.throws(() => addPoints([pointOf(1n), key]), isFailure);
  }
  assert.equal(isValidPoint(pointOf(5n)), true);
});

test('keys that cancel out, and none at all, have no sum', () => {
  assert.throws(() => addPoints([pointOf(5n), pointOf(L - 5n)]), isFailure);
  assert.throws(() => addPoints([]), isFailure);
  assert.equal(addScalars([5n, L - 5n]), 0n);
});

test('property: the points that are valid are those noble finds canonical, on the curve and of prime order', () => {
  const { Point } = ed25519;
  const byNoble = (encoded: Uint8Array) => {
    try {
      const point = Point.fromBytes(encoded);
      return !point.is0() && point.isTorsionFree();
    } catch {
      return false;
    }
  };
  const verdicts = new Set<boolean>();
  const torsion = fc.constantFrom(...ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex)));
  const onCurve = fc.tuple(scalars, torsion).map(([s, t]) => Point.BASE.multiply(s).add(t).toBytes() as Uint8Array);
  fc.assert(
    fc.property(fc.oneof(onCurve, fc.uint8Array({ minLength: 32, maxLength: 32 })), (encoded) => {
      assert.equal(isValidPoint(encoded), byNoble(encoded));
      verdicts.add(isValidPoint(encoded));
    }),
  );
  assert.equal(verdicts.size, 2);
});
