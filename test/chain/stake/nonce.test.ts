import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closeNonce, evolveNonce, nextNonce, noncePart, vrfInput } from '../../../src/lib/chain/stake/nonce.js';
import { isLeader } from '../../../src/lib/chain/stake/threshold.js';
import { sha256, sha512, taggedHash } from '../../../src/lib/crypto/hash.js';
import { toBigInt, toHex, utf8 } from '../../../src/lib/util/bytes.js';

const hashes = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('the tags: what a nonce is hashed from, step by step', () => {
  const eta = sha256(utf8('genesis'));
  const beta = sha512(utf8('beta'));
  const part = taggedHash('holdfast/nonce-part/v1', beta);
  assert.deepEqual(noncePart(beta), part);
  const evolved = taggedHash('holdfast/evolving-nonce/v1', eta, part);
  assert.deepEqual(nextNonce(eta, [part]), taggedHash('holdfast/epoch-nonce/v1', evolved));
});

test('property: folded block by block or at once, the nonce is the same; every part and their order count', () => {
  fc.assert(
    fc.property(hashes, fc.uniqueArray(hashes, { minLength: 2, maxLength: 8, selector: toHex }), (eta, parts) => {
      let evolving: Uint8Array = eta;
      for (const part of parts) evolving = evolveNonce(evolving, part);
      const next = toHex(closeNonce(evolving));
      assert.equal(toHex(nextNonce(eta, parts)), next);
      const others = [parts.slice(1), parts.slice(0, -1), [...parts].reverse(), []];
      for (const other of others) assert.notEqual(toHex(nextNonce(eta, other)), next);
      assert.notEqual(toHex(nextNonce(parts[0]!, parts)), next);
    }),
  );
});

test('an epoch without a block still changes the nonce', () => {
  const eta = sha256();
  assert.notDeepEqual(nextNonce(eta, []), eta);
});

test('leadership and the nonce hash an output under different tags', () => {
  const beta = sha512(utf8('x'));
  const part = toBigInt(noncePart(beta));
  const led = (threshold: bigint) => isLeader(beta, threshold);
  assert.equal(led(part + 1n) && !led(part), false, 'the draw is not the nonce part');
});

test('the VRF input names the epoch and the slot', () => {
  const input = vrfInput(sha256(), 258);
  assert.equal(input.length, 40);
  assert.equal(toHex(input.subarray(32)), '0000000000000102');
  assert.throws(() => vrfInput(new Uint8Array(31), 1));
  assert.throws(() => noncePart(new Uint8Array(80)));
});
