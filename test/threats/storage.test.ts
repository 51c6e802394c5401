import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import { contractName } from '../../src/lib/bounty/names.js';
import { payeeKey } from '../../src/lib/bounty/payee.js';
import { bountyId } from '../../src/lib/chain/encoding.js';
import type { Address, Hash } from '../../src/lib/chain/types.js';
import { FecDecoder, FecEncoder } from '../../src/lib/codec/fec.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { pointOf } from '../../src/lib/crypto/scalar.js';
import { checkReadProof, locatorOf, readKeyForShare, readProof } from '../../src/lib/seal/locator.js';
import { sealStream } from '../../src/lib/seal/seal.js';
import { concat, equal, toHex, u32be, utf8 } from '../../src/lib/util/bytes.js';
import { alice, bob, Card, Person, TestChain } from '../chain/helpers.js';
import { attempt } from './attempt.js';

/* Each attack runs against a rule without the defence, where it must win, and against the rule, where it must not. */

const CHK = new Uint8Array(16).fill(5);
const NONCE = new Uint8Array(32).fill(7);
const share = (n: number): Uint8Array => concat(...Array.from({ length: 20 }, (_, i) => sha256(u32be(n), u32be(i))));

function sealed(bytes: Uint8Array, number: number, generation: number): Uint8Array {
  const seal = sealStream(CHK, number, generation);
  return concat(seal.salt, seal.transform(bytes));
}

/** What whoever has these bytes answers a challenge over a blob with. */
const answerFrom = (bytes: Uint8Array) => createChallenge(NONCE, bytes.length).update(bytes).finish();

/** A bounty on a blob: whoever has its bytes has the card. `payee` null leaves open where it goes. */
async function posted(blob: Uint8Array, payee: Address | null) {
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const { key, scalar } = answerFrom(blob);
  const item = { name: sha256(blob), nonce: NONCE };
  const bounty = { amount: 20_000n, payee, key, duration: 100, items: [item] };
  const post = chain.make({ kind: 'post', from: alice.address, bounties: [bounty] }, alice.signer);
  await chain.produce([post.bytes]);
  const id: Hash = bountyId(post.id, 0);
  /** A sweep to an account, by whoever answers with a scalar. */
  const sweep = (to: Address, by = scalar) =>
    chain.make({ kind: 'sweep', entries: [{ bounty: id, to }] }, (message) => new Card(by).sign(message)).bytes;
  return { chain, id, sweep };
}

test('threat 3: the owner, who has the bytes as well, races the sweep', async () => {
  const blob = share(1);
  /** The owner's sweep goes first, and the steward finds nothing left. */
  const race = async (payee: Address | null) => {
    const { chain, sweep } = await posted(blob, payee);
    return attempt(chain, [sweep(alice.address), sweep(bob.address)]);
  };
  assert.deepEqual(await race(null), ['valid', 'bounty-unknown'], 'a free audit');
  assert.deepEqual(await race(bob.address), ['wrong-payee', 'valid']);
  const { chain, id } = await posted(blob, bob.address);
  const revoke = chain.make({ kind: 'revoke', from: alice.address, bounties: [id] }, alice.signer);
  assert.deepEqual(attempt(chain, [revoke.bytes]), ['bounty-live'], 'nor does it take the bounty back meanwhile');
});

test('threat 4: the steward that went missing claims for its successor', async () => {
  const kept = sealed(share(1), 1, 0);
  const claim = async (generation: number) => {
    const { chain, sweep } = await posted(sealed(share(1), 1, generation), null);
    return attempt(chain, [sweep(bob.address, answerFrom(kept).scalar)]);
  };
  assert.deepEqual(await claim(0), ['valid'], 'rebuilt as it was');
  assert.deepEqual(await claim(1), ['signature']);
});

test('threat 5: ten in league keep three shares and claim for ten', () => {
  const pieces = [share(1), share(2), share(3)];
  const shares = new FecEncoder(3, 10).encode(pieces).map((block) => block.slice());
  /** How many of ten blobs come out of three of them. */
  const claimed = (blobs: readonly Uint8Array[], salt: number) => {
    const kept = new Map([2, 5, 9].map((number) => [number, blobs[number]!.subarray(salt)]));
    const guesses = new FecEncoder(3, 10).encode(new FecDecoder(3, 10).decode(kept).map((piece) => piece.slice()));
    return blobs.filter((blob, number) => {
      const forged = kept.has(number) ? blob : concat(blob.subarray(0, salt), guesses[number]!);
      return equal(answerFrom(forged).key, answerFrom(blob).key);
    }).length;
  };
  assert.equal(claimed(shares, 0), 10, 'bare shares');
  // The salts are theirs to keep; the key is not.
  const blobs = shares.map((bytes, number) => sealed(bytes, number, 0));
  assert.equal(claimed(blobs, 16), 3);
});

test('threat 13: payments link blobs, owners and stewards', () => {
  const Q = pointOf(1234n);
  const secrets = [1, 2].map((n) => sha256(utf8('contract'), u32be(n)));
  type Rule = (secret: Uint8Array, i: number) => { name: Uint8Array; payee: Uint8Array };
  /** Pairs of twelve payments, of two contracts with one steward, that an onlooker can tell belong together. */
  const linked = (rule: Rule) => {
    const payments = secrets.flatMap((secret) => [0, 1, 2, 3, 4, 5].map((i) => rule(secret, i)));
    const pairs = payments.flatMap((one, at) => payments.slice(at + 1).map((other) => [one, other] as const));
    return pairs.filter(([a, b]) => equal(a.name, b.name) || equal(a.payee, b.payee)).length;
  };
  assert.equal(
    linked((secret) => ({ name: secret, payee: Q })),
    66,
    'one payee: all of a steward',
  );
  assert.equal(
    linked((secret, i) => ({ name: secret, payee: payeeKey(Q, secret, i) })),
    30,
    'one name: all of a blob',
  );
  assert.equal(
    linked((secret, i) => ({ name: contractName(secret, i), payee: payeeKey(Q, secret, i) })),
    0,
  );
});

test('threat 26: a getter takes a blob that it may not read, then claims', async () => {
  const blob = sealed(share(1), 1, 0);
  const readkey = readKeyForShare(CHK, 1);
  const thief = new Person('thief');
  const [getter, server] = [utf8('getter'), utf8('server')];
  type Admits = (proof: Uint8Array) => boolean;
  /** All that a crawler has is what is announced: the locator. */
  const proof = readProof(locatorOf(readkey), getter, server, NONCE);
  const steal = (admits: Admits) => (admits(proof) ? answerFrom(blob).scalar : 4711n);
  const anybody = steal(() => true);
  const checked = steal((shown) => checkReadProof(shown, readkey, getter, server, NONCE));
  const open = await posted(blob, null);
  assert.deepEqual(attempt(open.chain, [open.sweep(thief.address, anybody)]), ['valid'], 'served to anybody');
  assert.deepEqual(attempt(open.chain, [open.sweep(thief.address, checked)]), ['signature']);
  // Who does have the readkey, as an heir of the cap has, still claims nothing of a contract's.
  const agreed = await posted(blob, payeeKey(pointOf(99n), sha256(utf8('secret')), 0));
  assert.deepEqual(attempt(agreed.chain, [agreed.sweep(thief.address, anybody)]), ['wrong-payee']);
  assert.notEqual(toHex(contractName(sha256(utf8('secret')), 0)), toHex(sha256(blob)), 'nor does a name tell it whose');
});
