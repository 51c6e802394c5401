import assert from 'node:assert/strict';
import { test } from 'node:test';
import { prove, verify, vrfPublicKey } from '../../src/lib/crypto/vrf.js';
import { u32be, utf8 } from '../../src/lib/util/bytes.js';
import { vrfOnWorker } from '../../src/lib/workers/vrf.js';

const secret = new Uint8Array(32).fill(9);
const key = vrfPublicKey(secret);

test('here or on a thread, the verdicts are the same', async () => {
  const check = vrfOnWorker(() => 0);
  for (let i = 0; i < 24; i++) {
    const alpha = u32be(i);
    const pi = prove(secret, alpha);
    const beta = await check(key, alpha, pi);
    assert.ok(beta);
    assert.deepEqual(beta, verify(key, alpha, pi));
    assert.equal(await check(key, utf8('other'), pi), undefined);
  }
});

test('few a second are checked here, more are left to the thread', async () => {
  let [now, left] = [0, 0];
  const check = vrfOnWorker(
    () => now,
    (...proof) => {
      left += 1;
      return verify(...proof);
    },
  );
  const pi = prove(secret, u32be(1));
  const checked = async (times: number) => {
    for (let i = 0; i < times; i++) assert.ok(await check(key, u32be(1), pi));
    return left;
  };
  assert.equal(await checked(16), 0);
  assert.equal(await checked(9), 9);
  now = 1000;
  assert.equal(await checked(16), 9, 'a new second');
  assert.equal(await checked(1), 10);
});
