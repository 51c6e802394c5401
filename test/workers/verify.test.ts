import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { publicFromSeed, signWithSeed } from '../../src/lib/crypto/ed25519.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { ROOM_EACH, type SignatureVerifier, verifyHere } from '../../src/lib/crypto/signatures.js';
import { u32be } from '../../src/lib/util/bytes.js';
import { Pool } from '../../src/lib/workers/pool.js';
import { verifierOn, verifyOnWorkers } from '../../src/lib/workers/verify.js';
import { type Case, everyCase } from '../crypto/edge-cases.js';

const SEED = sha256(u32be(1));
const KEY = publicFromSeed(SEED);

function signed(count: number): Case[] {
  return Array.from({ length: count }, (_, i) => {
    const message = sha256(u32be(i));
    return { name: `${i}`, key: KEY, message, signature: signWithSeed(SEED, message) };
  });
}

/** A thousand good ones: enough that threads have begun long before the end. */
const GOOD = signed(1000);

function roomFor(cases: readonly Case[]): number {
  return cases.reduce((sum, { message }) => sum + ROOM_EACH + message.length, 0);
}

function bad(verifier: SignatureVerifier, cases: readonly Case[]): Promise<number[]> {
  const batch = verifier(roomFor(cases));
  for (const { signature, message, key } of cases) batch.add(signature, message, key);
  return batch.bad();
}

test('926 published edge cases: threads give the verdicts that the rule gives here', async () => {
  assert.equal(everyCase.length, 926);
  const expected = await bad(verifyHere, everyCase);
  assert.ok(expected.length > 0 && expected.length < everyCase.length);
  assert.deepEqual(await bad(verifyOnWorkers, everyCase), expected);
  const among = await bad(verifyOnWorkers, [...GOOD, ...everyCase]);
  assert.deepEqual(
    among,
    expected.map((index) => GOOD.length + index),
  );
});

test('any one bad among however many is found, whatever is wrong with it', async () => {
  const { message, signature } = GOOD[7]!;
  const flipped = signature.map((byte, i) => (i === 40 ? byte ^ 1 : byte));
  const wrong: Case[] = [
    { name: 'another message', key: KEY, message, signature: GOOD[8]!.signature },
    { name: 'a flipped bit', key: KEY, message, signature: flipped },
    { name: 'cut short', key: KEY, message, signature: signature.subarray(1) },
    { name: 'no key', key: new Uint8Array(0), message, signature },
  ];
  for (const count of [1, 63, 64, 65, 255, 256, 257, 320, 1000]) {
    for (const at of new Set([0, count >> 1, count - 1])) {
      const cases = GOOD.slice(0, count);
      cases[at] = wrong[(count + at) % wrong.length]!;
      assert.deepEqual(await bad(verifyOnWorkers, cases), [at], `${cases[at].name} at ${at} of ${count}`);
    }
    assert.deepEqual(await bad(verifyOnWorkers, GOOD.slice(0, count)), [], `${count} good ones`);
  }
  assert.deepEqual(await bad(verifyOnWorkers, []), []);
});

test('property: batches side by side, some of them dropped, give what the rule gives', async () => {
  const index = fc.nat(GOOD.length - 1);
  const batches = fc.array(fc.record({ count: fc.nat(700), spoilt: fc.uniqueArray(index), dropped: fc.boolean() }), {
    minLength: 1,
    maxLength: 4,
  });
  await fc.assert(
    fc.asyncProperty(batches, async (plan) => {
      await Promise.all(
        plan.map(async ({ count, spoilt, dropped }) => {
          const cases = GOOD.slice(0, count);
          const hit = spoilt.filter((at) => at < count).sort((a, b) => a - b);
          for (const at of hit) cases[at] = { ...GOOD[at]!, message: KEY };
          const batch = verifyOnWorkers(roomFor(cases));
          for (const { signature, message, key } of cases) batch.add(signature, message, key);
          if (dropped) batch.drop();
          else assert.deepEqual(await batch.bad(), hit);
        }),
      );
    }),
    { numRuns: 8 },
  );
});

test('threads that die make an error, not a verdict and not a hang', async () => {
  const pool = new Pool(new URL('./dying.worker.js', import.meta.url), 2);
  await assert.rejects(bad(verifierOn(pool), GOOD), /worker thread ended/);
  // The next batch gets threads of its own.
  await assert.rejects(bad(verifierOn(pool), GOOD), /worker thread ended/);
});

test('more than was said to come is a bug', () => {
  const batch = verifyOnWorkers(ROOM_EACH + 32);
  const add = () => batch.add(GOOD[0]!.signature, GOOD[0]!.message, KEY);
  add();
  assert.throws(add, /invariant/);
});
