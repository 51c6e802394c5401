import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { checkReadProof, locatorOf, readKeyForBlob, readKeyForShare, readProof } from '../../src/lib/seal/locator.js';
import { concat, toHex } from '../../src/lib/util/bytes.js';

const KEY = new Uint8Array(16).fill(1);
const getter = Uint8Array.of(0, 2, 7, 7);
const server = Uint8Array.of(0, 2, 8, 8);
const nonce = new Uint8Array(32).fill(4);

test('readkeys and locators are the protocol page, word for word', () => {
  const readKey = createHmac('sha256', KEY).update('holdfast/read/v1').update(Uint8Array.of(1, 2)).digest();
  assert.equal(toHex(readKeyForShare(KEY, 258)), readKey.toString('hex'));
  assert.equal(toHex(locatorOf(readKey)), createHash('sha256').update(readKey).digest('hex'));
  const uuid = new Uint8Array(32).fill(9);
  const forBlob = createHmac('sha256', KEY).update('holdfast/read/v1').update(uuid).digest('hex');
  assert.equal(toHex(readKeyForBlob(KEY, uuid)), forBlob);
});

test('nothing links two shares of a file', () => {
  const locators = Array.from({ length: 10 }, (_, share) => toHex(locatorOf(readKeyForShare(KEY, share))));
  assert.equal(new Set(locators).size, 10);
});

test('threat 26: a proof serves one getter, one server, one nonce and one blob', () => {
  const readKey = readKeyForShare(KEY, 0);
  const proof = readProof(readKey, getter, server, nonce);
  assert.equal(
    toHex(proof),
    createHmac('sha256', readKey)
      .update(concat(getter, server, nonce))
      .digest('hex'),
  );
  assert.equal(checkReadProof(proof, readKey, getter, server, nonce), true);
  assert.equal(checkReadProof(proof, readKey, server, getter, nonce), false);
  assert.equal(checkReadProof(proof, readKey, getter, server, new Uint8Array(32)), false);
  assert.equal(checkReadProof(proof, readKeyForShare(KEY, 1), getter, server, nonce), false);
  assert.equal(checkReadProof(proof, locatorOf(readKey), getter, server, nonce), false);
  for (const bad of [new Uint8Array(0), proof.slice(0, 31), concat(proof, Uint8Array.of(0))]) {
    assert.equal(checkReadProof(bad, readKey, getter, server, nonce), false);
  }
});
