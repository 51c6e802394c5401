import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { payeeKey, payeeScalar, payeeTweak } from '../../src/lib/bounty/payee.js';
import { verifySignature } from '../../src/lib/crypto/ed25519.js';
import { sha512 } from '../../src/lib/crypto/hash.js';
import { L, pointOf, scalarFromHash, signRaw } from '../../src/lib/crypto/scalar.js';
import { toHex, u32be, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 });
const SECRET = new Uint8Array(32).fill(3);
const message = utf8('spend');

test('the tweak is a tagged hash of secret and number', () => {
  const hash = sha512(utf8('holdfast/payee/v1'), SECRET, u32be(9));
  assert.equal(payeeTweak(SECRET, 9), scalarFromHash(hash));
});

test('property: only q, the secret and the number together spend what is paid to a payee', () => {
  const qs = fc.bigInt({ min: 1n, max: L - 1n });
  fc.assert(
    fc.property(qs, secrets, fc.nat(), (q, secret, i) => {
      const key = payeeKey(pointOf(q), secret, i);
      const verifies = (scalar: bigint) => verifySignature(signRaw(scalar, message, SECRET), message, key);
      assert.equal(verifies(payeeScalar(q, secret, i)), true);
      // The owner knows the secret, but not q.
      assert.equal(verifies(payeeTweak(secret, i)), false);
      assert.equal(verifies(payeeScalar(q, secret, i + 1)), false);
      assert.equal(verifies(q), false);
    }),
    { numRuns: 15 },
  );
});

test('threat 13: each payment has a key of its own', () => {
  const root = pointOf(5n);
  const keys = Array.from({ length: 20 }, (_, i) => toHex(payeeKey(root, SECRET, i)));
  assert.equal(new Set([...keys, toHex(root)]).size, 21);
});

test('a payee root that is no key is refused', () => {
  for (const root of [new Uint8Array(32), new Uint8Array(32).fill(0xff), new Uint8Array(5)]) {
    assert.throws(() => payeeKey(root, SECRET, 0), isFailure);
  }
});
