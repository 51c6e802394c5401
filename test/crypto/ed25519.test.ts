import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import {
  isAdmissiblePoint,
  L,
  P,
  publicFromSeed,
  signWithSeed,
  verifySignature,
} from '../../src/lib/crypto/ed25519.js';
import { concat, fromBigIntLE, fromHex, toBigIntLE, utf8 } from '../../src/lib/util/bytes.js';

test('RFC 8032 §7.1, tests 1 to 3: keys and signatures', () => {
  const vectors = [
    [
      '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      '',
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    ],
    [
      '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      '72',
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    ],
    [
      'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      'af82',
      '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    ],
  ].map((row) => row.map((text) => fromHex(text)!));
  for (const [seed, key, message, signature] of vectors) {
    assert.deepEqual(publicFromSeed(seed!), key);
    assert.deepEqual(signWithSeed(seed!, message!), signature);
    assert.equal(verifySignature(signature!, message!, key!), true);
    assert.equal(verifySignature(signature!, concat(message!, Uint8Array.of(0)), key!), false);
  }
});

test('an inadmissible point is one of small order, or not reduced, under either sign', () => {
  const smallOrder = ED25519_TORSION_SUBGROUP.map((hex) => toBigIntLE(fromHex(hex)!) & ~(1n << 255n));
  const unreduced = Array.from({ length: 19 }, (_, i) => P + BigInt(i));
  for (const y of [...smallOrder, ...unreduced]) {
    for (const sign of [0n, 1n << 255n]) assert.equal(isAdmissiblePoint(fromBigIntLE(y + sign, 32)), false, `y = ${y}`);
  }
  for (const y of [2n, P - 2n, 4n, 1n << 254n]) assert.equal(isAdmissiblePoint(fromBigIntLE(y, 32)), true, `y = ${y}`);
});

test('S and S + L: only the reduced one is a signature', () => {
  const seed = fromBigIntLE(7n, 32);
  const message = utf8('once');
  const signature = signWithSeed(seed, message);
  const s = toBigIntLE(signature.subarray(32));
  const other = concat(signature.subarray(0, 32), fromBigIntLE(s + L, 32));
  assert.equal(verifySignature(signature, message, publicFromSeed(seed)), true);
  assert.equal(verifySignature(other, message, publicFromSeed(seed)), false);
});

test('property: what was signed verifies, and no flipped bit does', () => {
  const bytes = (n: number) => fc.uint8Array({ minLength: n, maxLength: n });
  fc.assert(
    fc.property(bytes(32), fc.uint8Array({ maxLength: 200 }), fc.nat(511), (seed, message, bit) => {
      const key = publicFromSeed(seed);
      const signature = signWithSeed(seed, message);
      assert.equal(verifySignature(signature, message, key), true);
      signature[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(verifySignature(signature, message, key), false);
    }),
  );
});

test('property: no lengths and no bytes make it throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 40 }), (signature, key) => {
      assert.equal(verifySignature(signature, utf8('m'), key), false);
    }),
  );
});
