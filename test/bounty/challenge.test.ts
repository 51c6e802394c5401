import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { sumKeys, sumScalars } from '../../src/lib/bounty/batch.js';
import { answer, createChallenge, TAG24 } from '../../src/lib/bounty/challenge.js';
import { verifySignature } from '../../src/lib/crypto/ed25519.js';
import { L, pointOf, signRaw } from '../../src/lib/crypto/scalar.js';
import { concat, toBigIntLE, toHex, u64be, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';

const NONCE = new Uint8Array(32).fill(7);

function whole(nonce: Uint8Array, blob: Uint8Array) {
  return createChallenge(nonce, blob.length).update(blob).finish();
}

test('the tag is 24 bytes, so that the data starts on a block of SHA-256', () => {
  assert.equal(toHex(TAG24), `${Buffer.from('holdfast challenge v1').toString('hex')}000000`);
  assert.equal((TAG24.length + NONCE.length + 8) % 64, 0);
});

test('seed, scalar and key are the protocol page, word for word', () => {
  const blob = utf8('some bytes that a steward keeps');
  const seed = createHash('sha256')
    .update(concat(TAG24, NONCE, u64be(blob.length), blob))
    .digest();
  const scalar = toBigIntLE(createHash('sha512').update('holdfast/bounty-key/v1').update(seed).digest()) % L;
  assert.deepEqual(whole(NONCE, blob), { scalar, key: pointOf(scalar) });
});

test('property: chunks of any length answer as the whole does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (chunks) => {
      const blob = concat(...chunks);
      assert.deepEqual(await answer(NONCE, blob.length, chunks), whole(NONCE, blob));
    }),
    { numRuns: 30 },
  );
});

test('property: another nonce, a flipped bit and a byte more or less give other keys', () => {
  const blobs = fc.uint8Array({ minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(blobs, fc.nat(), (blob, at) => {
      const flipped = Uint8Array.from(blob);
      flipped[at % blob.length]! ^= 1 << (at & 7);
      const keys = [
        whole(NONCE, blob),
        whole(new Uint8Array(32), blob),
        whole(NONCE, flipped),
        whole(NONCE, blob.slice(1)),
        whole(NONCE, concat(blob, Uint8Array.of(0))),
      ].map(({ key }) => toHex(key));
      assert.equal(new Set(keys).size, 5);
    }),
    { numRuns: 30 },
  );
});

test('more or fewer bytes than announced are a failure, and a nonce is 32 bytes', async () => {
  assert.throws(() => createChallenge(NONCE, 3).update(utf8('abcd')), isFailure);
  assert.throws(() => createChallenge(NONCE, 3).update(utf8('ab')).update(utf8('cd')), isFailure);
  assert.throws(() => createChallenge(NONCE, 3).update(utf8('ab')).finish(), isFailure);
  await assert.rejects(answer(NONCE, 3, [utf8('ab')]), isFailure);
  for (const nonce of [new Uint8Array(0), new Uint8Array(31), new Uint8Array(33)]) {
    assert.throws(() => createChallenge(nonce, 3), /invariant/);
  }
});

test('a batch: the answers’ sum signs under the cards’ sum, and any missing answer does not', () => {
  const blobs = ['one', 'two', 'three'].map(utf8);
  const answers = blobs.map((blob, i) => whole(new Uint8Array(32).fill(i), blob));
  const key = sumKeys(answers.map((a) => a.key));
  const message = utf8('sweep');
  const sign = (scalars: bigint[]) => signRaw(sumScalars(scalars), message, NONCE);
  const scalars = answers.map((a) => a.scalar);
  assert.equal(verifySignature(sign(scalars), message, key), true);
  for (const missing of scalars.keys()) {
    assert.equal(verifySignature(sign(scalars.filter((_, i) => i !== missing)), message, key), false);
  }
});
