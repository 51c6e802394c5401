import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicFromSeed, verifySignature } from '../../src/lib/crypto/ed25519.js';
import { hmacSha256, sha512 } from '../../src/lib/crypto/hash.js';
import { pointOf, scalarFromHash, signRaw } from '../../src/lib/crypto/scalar.js';
import { evaluate, prove, verify, vrfPublicKey } from '../../src/lib/crypto/vrf.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { accountSeed } from '../../src/lib/wallet/derive.js';
import { Keyring } from '../../src/lib/wallet/keyring.js';
import { derivePath } from '../../src/lib/wallet/slip10.js';

const ROOT = new Uint8Array(64).fill(1);
const message = utf8('a transaction');

test('the tree is the documented one: m/44h/26726h/0h/branch h/index h', () => {
  const at = (branch: number, index: number) => derivePath(ROOT, [44, 26726, 0, branch, index]).key;
  const ring = new Keyring(ROOT);
  assert.deepEqual(accountSeed(ROOT, 3), at(0, 3));
  assert.deepEqual(ring.mainAddress(), publicFromSeed(at(0, 0)));
  assert.deepEqual(ring.advertKey(2), { seed: at(1, 2), publicKey: publicFromSeed(at(1, 2)) });
  const q = scalarFromHash(sha512(utf8('holdfast/payee-root/v1'), at(2, 5)));
  assert.deepEqual(ring.payeeRoot(5), { q, Q: pointOf(q) });
  assert.deepEqual(ring.vaultKey, at(3, 0));
  assert.deepEqual(ring.convergence, at(4, 0));
});

test('the same words give the same keys, other words none of them, and no two uses share one', () => {
  const keys = (root: Uint8Array) => {
    const ring = new Keyring(root);
    return [
      ring.address(0),
      ring.address(1),
      ring.advertKey(0).publicKey,
      ring.advertKey(1).publicKey,
      ring.payeeRoot(0).Q,
      ring.payeeRoot(1).Q,
      ring.vaultKey,
      ring.convergence,
      ring.stakeKeys().vrf.y,
      ring.stakeKeys().signing.publicKey,
    ].map(toHex);
  };
  assert.deepEqual(keys(ROOT), keys(ROOT));
  assert.equal(new Set([...keys(ROOT), ...keys(new Uint8Array(64).fill(2))]).size, 20);
});

test('a bond’s keys come from the vault, each under its tag', () => {
  const ring = new Keyring(ROOT);
  const { vrf, vrfSecret, signing } = ring.stakeKeys();
  assert.deepEqual(vrfSecret, hmacSha256(ring.vaultKey, utf8('holdfast/stake-vrf/v1')));
  assert.deepEqual(signing.seed, hmacSha256(ring.vaultKey, utf8('holdfast/stake-signing/v1')));
  assert.deepEqual(signing.publicKey, publicFromSeed(signing.seed));
  assert.deepEqual(vrf.y, vrfPublicKey(vrfSecret));
  assert.deepEqual(verify(vrf.y, message, prove(vrfSecret, message)), evaluate(vrf, message));
});

test('an account signs by its number or its address; a stranger\u2019s address does not', () => {
  const ring = new Keyring(ROOT);
  const address = ring.address(4);
  for (const signer of [4, address]) assert.ok(verifySignature(ring.sign(signer, message), message, address));
  assert.equal(ring.indexOf(address), 4);
  const stranger = new Keyring(new Uint8Array(64)).address(0);
  assert.equal(ring.indexOf(stranger), undefined);
  assert.throws(
    () => ring.sign(stranger, message),
    (error) => isFailure(error) && error.code === 'not-found',
  );
});

test('a payee root signs as a raw scalar', () => {
  const { q, Q } = new Keyring(ROOT).payeeRoot(0);
  assert.ok(verifySignature(signRaw(q, message, new Uint8Array(32)), message, Q));
});
