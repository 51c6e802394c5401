import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publicFromSeed, signWithSeed } from '../../src/lib/crypto/ed25519.js';
import { type SignatureVerifier, verifyHere } from '../../src/lib/crypto/signatures.js';
import { Verified } from '../../src/lib/crypto/verified.js';

type Triple = [signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array];

function signed(n: number): Triple {
  const seed = new Uint8Array(32).fill(n);
  const message = new Uint8Array(32).fill(n + 100);
  return [signWithSeed(seed, message), message, publicFromSeed(seed)];
}

/** A verifier that counts what it is asked. */
function counting() {
  const asked = { count: 0 };
  const verifier: SignatureVerifier = (room) => {
    const batch = verifyHere(room);
    return {
      add(...triple) {
        asked.count += 1;
        batch.add(...triple);
      },
      bad: () => batch.bad(),
      drop: () => batch.drop(),
    };
  };
  return { asked, verifier };
}

test('what was found good is not asked again, and numbers stay those of all', async () => {
  const known = new Verified();
  const triples = [0, 1, 2, 3].map(signed);
  known.add(...triples[0]!);
  known.add(...triples[2]!);
  const { asked, verifier } = counting();
  const batch = known.before(verifier)(10_000);
  const [signature, message, key] = triples[3]!;
  for (const triple of [...triples.slice(0, 3), [signature, message.slice(1), key] as Triple, triples[3]!])
    batch.add(...triple);
  assert.deepEqual(await batch.bad(), [3]);
  assert.equal(asked.count, 3);
});

test('another message, another key, or the same bytes cut elsewhere are not what was verified', () => {
  const known = new Verified();
  const [signature, message, key] = signed(1);
  known.add(signature, message, key);
  assert.ok(known.has(signature, message, key));
  const joined = Uint8Array.of(...message, ...key);
  for (const other of [
    [signature, signed(2)[1], key],
    [signature, message, signed(2)[2]],
    [signed(2)[0], message, key],
    [signature, joined.slice(0, 33), joined.slice(33)],
    [signature, joined, new Uint8Array(0)],
  ] as Triple[])
    assert.equal(known.has(...other), false);
});

test('it remembers no more than twice its number, the latest at least', () => {
  const known = new Verified(3);
  const triples = Array.from({ length: 20 }, (_, n) => signed(n));
  for (const triple of triples) known.add(...triple);
  const held = triples.map((triple) => known.has(...triple));
  assert.ok(held.slice(-3).every(Boolean));
  assert.ok(held.filter(Boolean).length <= 6);
});
