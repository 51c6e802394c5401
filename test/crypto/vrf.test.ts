import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import { P } from '../../src/lib/crypto/ed25519.js';
import { multiply, multiplyBase, subtract } from '../../src/lib/crypto/group.js';
import { sha512 } from '../../src/lib/crypto/hash.js';
import {
  evaluate,
  expandSecret,
  proofToHash,
  prove,
  validateKey,
  verify,
  vrfPublicKey,
} from '../../src/lib/crypto/vrf.js';
import { ALPHA_BYTES_MAX, encodeToCurve, generateChallenge, generateNonce } from '../../src/lib/crypto/vrf-steps.js';
import { concat, fromBigIntLE, fromHex, toBigIntLE, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { vector } from '../helpers/root.js';
import { encodePi, forge, L, Point, plainBeta, plainChallenge, plainEncodeToCurve, plainVerify } from './vrf-plain.js';

type Case = Record<'sk' | 'pk' | 'alpha' | 'x' | 'h' | 'k_string' | 'k' | 'u' | 'v' | 'pi' | 'beta', string> & {
  ctr: number;
  example: number;
};
const { cases } = JSON.parse(vector('ecvrf-edwards25519-sha512-tai.json')) as { cases: Case[] };
const bytes = (text: string) => fromHex(text)!;
const hex = (value: Uint8Array | undefined) => value && toHex(value);

const secret = bytes(cases[0]!.sk);
const key = vrfPublicKey(secret);
const alpha = utf8('slot 7');
const pi = prove(secret, alpha);
const x = toBigIntLE(expandSecret(secret).x);
const torsion = ED25519_TORSION_SUBGROUP.map((text) => Point.fromHex(text));

test('RFC 9381, appendix B.3: every value, the intermediate ones too', () => {
  assert.deepEqual(
    cases.map(({ example }) => example),
    [16, 17, 18],
  );
  for (const c of cases) {
    const sk = bytes(c.sk);
    const input = bytes(c.alpha);
    const parts = expandSecret(sk);
    assert.equal(toHex(parts.y), c.pk);
    assert.equal(toHex(parts.x), c.x);
    const { ctr, h } = encodeToCurve(parts.y, input);
    assert.deepEqual([ctr, toHex(h)], [c.ctr, c.h]);
    assert.equal(toHex(sha512(parts.prefix, h)), c.k_string);
    const k = generateNonce(parts.prefix, h);
    assert.equal(toHex(k), c.k);
    const [u, v] = [multiplyBase(k)!, multiply(k, h)!];
    assert.deepEqual([toHex(u), toHex(v)], [c.u, c.v]);
    const gamma = multiply(parts.x, h)!;
    const challenge = generateChallenge([parts.y, h, gamma, u, v]);
    assert.equal(toHex(concat(gamma, challenge)), c.pi.slice(0, 96));
    assert.equal(toHex(prove(sk, input)), c.pi);
    assert.equal(hex(verify(parts.y, input, bytes(c.pi))), c.beta);
    assert.equal(hex(proofToHash(bytes(c.pi))), c.beta);
    assert.equal(toHex(evaluate(parts, input)), c.beta);
  }
});

test('no proof with a single bit flipped verifies, nor under a key or input with one flipped', () => {
  const flipped = (from: Uint8Array, bit: number) => {
    const to = Uint8Array.from(from);
    to[bit >> 3]! ^= 1 << (bit & 7);
    return to;
  };
  for (let bit = 0; bit < 640; bit++) assert.equal(verify(key, alpha, flipped(pi, bit)), undefined, `pi, bit ${bit}`);
  for (let bit = 0; bit < 256; bit++) assert.equal(verify(flipped(key, bit), alpha, pi), undefined, `key, bit ${bit}`);
  for (let bit = 0; bit < 48; bit++) assert.equal(verify(key, flipped(alpha, bit), pi), undefined, `alpha, bit ${bit}`);
});

test('keys of small order: a proof that verifies without key validation is refused', () => {
  for (const point of torsion) {
    const pk = point.toBytes();
    // x = 0 fits every such key where c·Y vanishes: at once for the identity, else for one c in eight.
    let made = forge(pk, alpha, 0n, 1n);
    for (let k = 2n; plainVerify(pk, alpha, made.pi, false) === undefined; k++) made = forge(pk, alpha, 0n, k);
    assert.equal(plainVerify(pk, alpha, made.pi), undefined);
    assert.equal(verify(pk, alpha, made.pi), undefined);
    assert.equal(validateKey(pk), false);
  }
});

test('what is not canonical, of mixed order or off the curve is no key', () => {
  assert.equal(validateKey(key), true);
  const signs = [0n, 1n << 255n];
  const unreduced = Array.from({ length: 19 }, (_, i) => signs.map((sign) => fromBigIntLE(P + BigInt(i) + sign, 32)));
  const mixed = torsion.slice(1).map((point) => Point.fromBytes(key).add(point).toBytes());
  for (const pk of [...unreduced.flat(), ...mixed, fromBigIntLE(2n, 32), key.subarray(1), concat(key, key)]) {
    assert.equal(validateKey(pk), false, toHex(pk));
    assert.equal(verify(pk, alpha, pi), undefined, toHex(pk));
  }
});

test('s + L, a Γ that is not reduced, and a proof of another length are refused', () => {
  const s = toBigIntLE(pi.subarray(48));
  const unreduced = concat(pi.subarray(0, 48), fromBigIntLE(s + L, 32));
  assert.equal(verify(key, alpha, unreduced), undefined);
  assert.equal(proofToHash(unreduced), undefined);
  for (let i = 0n; i < 19n; i++) {
    const gamma = concat(fromBigIntLE(P + i, 32), pi.subarray(32));
    assert.equal(verify(key, alpha, gamma), undefined);
    assert.equal(proofToHash(gamma), undefined);
  }
  for (const length of [0, 79, 81]) {
    const cut = concat(pi, pi).subarray(0, length);
    assert.equal(verify(key, alpha, cut), undefined);
    assert.equal(proofToHash(cut), undefined);
  }
});

test('uniqueness: other nonces make other proofs, and the same output', () => {
  const beta = toHex(evaluate(expandSecret(secret), alpha));
  const proofs = [1n, 2n, 77n, L - 1n].map((k) => forge(key, alpha, x, k).pi);
  assert.equal(new Set(proofs.map(toHex)).size, 4);
  for (const proof of proofs) assert.equal(hex(verify(key, alpha, proof)), beta);
});

test('uniqueness: no Γ but x·H is taken', () => {
  const h = plainEncodeToCurve(key, alpha);
  for (const gamma of [h, Point.BASE, Point.fromBytes(key), h.multiply(x % L).negate()]) {
    const made = forge(key, alpha, x, 5n, gamma);
    assert.equal(plainVerify(key, alpha, made.pi), undefined);
    assert.equal(verify(key, alpha, made.pi), undefined);
  }
});

test('a Γ with a small-order part, which the RFC takes where c is a multiple of 8, has the same output and is refused', () => {
  const honest = plainEncodeToCurve(key, alpha).multiply(x % L);
  for (const part of torsion.slice(1)) {
    const gamma = honest.add(part);
    let k = 1n;
    let made = forge(key, alpha, x, k, gamma);
    while (made.c % 8n !== 0n) made = forge(key, alpha, x, ++k, gamma);
    assert.equal(hex(plainVerify(key, alpha, made.pi)), toHex(plainBeta(honest)));
    assert.equal(verify(key, alpha, made.pi), undefined);
  }
});

test('a challenge or a response of zero proves nothing', () => {
  const h = plainEncodeToCurve(key, alpha);
  const gamma = h.multiply(x % L);
  const c = plainChallenge(Point.fromBytes(key), h, gamma, Point.BASE, h);
  for (const [challenge, s] of [
    [0n, 1n],
    [c, 0n],
    [0n, 0n],
  ] as const) {
    assert.equal(verify(key, alpha, encodePi(gamma, challenge, s)), undefined);
  }
});

const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });
const inputs = fc.uint8Array({ maxLength: 100 });

test('property: prove, verify and evaluate agree with the RFC on noble; another key takes no proof', () => {
  fc.assert(
    fc.property(seeds, seeds, inputs, (sk, other, input) => {
      const parts = expandSecret(sk);
      const proof = prove(sk, input);
      const beta = toHex(evaluate(parts, input));
      assert.equal(hex(verify(parts.y, input, proof)), beta);
      assert.equal(hex(plainVerify(parts.y, input, proof)), beta);
      assert.equal(hex(proofToHash(proof)), beta);
      if (toHex(sk) !== toHex(other)) assert.equal(verify(vrfPublicKey(other), input, proof), undefined);
    }),
    { numRuns: 40 },
  );
});

test('property: whatever the bytes, verifying neither throws nor succeeds', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 90 }), fc.uint8Array({ maxLength: 40 }), inputs, (proof, pk, input) => {
      assert.equal(verify(pk, input, proof), undefined);
      assert.equal(verify(key, input, concat(pi.subarray(0, 32), proof)), undefined);
    }),
  );
});

test('an input beyond the bound is a bug of the caller, and verifies as nothing', () => {
  const long = new Uint8Array(ALPHA_BYTES_MAX + 1);
  assert.throws(() => prove(secret, long), /invariant|at most/);
  assert.equal(verify(key, long, pi), undefined);
  assert.throws(() => prove(secret.subarray(1), alpha));
  assert.equal(subtract(key, new Uint8Array(31)), undefined);
});
