import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import { contractName } from '../../src/lib/bounty/names.js';
import { payeeKey } from '../../src/lib/bounty/payee.js';
import type { Defences } from '../../src/lib/chain/rules/run.js';
import type { Address } from '../../src/lib/chain/types.js';
import { FecDecoder, FecEncoder } from '../../src/lib/codec/fec.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { pointOf } from '../../src/lib/crypto/scalar.js';
import { checkReadProof, locatorOf, readKeyForShare, readProof } from '../../src/lib/seal/locator.js';
import { sealStream } from '../../src/lib/seal/seal.js';
import { concat, equal, toHex, u32be, utf8 } from '../../src/lib/util/bytes.js';
import { Keyring } from '../../src/lib/wallet/keyring.js';
import { alice, bob, carol, Person } from '../chain/helpers.js';
import { attempt, gained } from './attempt.js';
import { NONCE, posted, worth } from './bounties.js';

/* Each attack runs against a rule without the defence, where it must win, and against the rule, where it must not. */

const CHK = new Uint8Array(16).fill(5);
const share = (n: number): Uint8Array => concat(...Array.from({ length: 20 }, (_, i) => sha256(u32be(n), u32be(i))));

function sealed(bytes: Uint8Array, number: number, generation: number): Uint8Array {
  const seal = sealStream(CHK, number, generation);
  return concat(seal.salt, seal.transform(bytes));
}

/** What whoever has these bytes answers a challenge over a blob with. */
const answerFrom = (bytes: Uint8Array) => createChallenge(NONCE, bytes.length).update(bytes).finish();

test('threat 3: the owner, who has the bytes as well, races the sweep', async () => {
  const { scalar } = answerFrom(share(1));
  /** What owner and steward get, where the owner's sweep goes first. */
  const race = async (payee: Address | null) => {
    const { chain, sweep } = await posted([scalar], payee);
    return gained(chain, [sweep(alice.address, scalar), sweep(bob.address, scalar)], [alice.address, bob.address]);
  };
  const [back, left] = await race(null);
  assert.ok(back! >= worth(1) && left === 0n, 'a free audit');
  const [none, paid] = await race(bob.address);
  assert.ok(none === 0n && paid! >= worth(1));
});

test('threat 3: the owner takes the bounty back once it has seen the answer', async () => {
  const { scalar } = answerFrom(share(1));
  const { chain, sweep, revoke } = await posted([scalar], bob.address);
  const txs = [revoke(), sweep(bob.address, scalar)];
  const took = (defences: Partial<Defences>) => gained(chain, txs, [alice.address, bob.address], { defences });
  const [back, left] = took({ mayRevoke: () => true });
  assert.ok(back! >= worth(1) && left === 0n, 'a free audit');
  assert.deepEqual(attempt(chain, txs), ['bounty-live', 'valid']);
  const [none, paid] = took({});
  assert.ok(none === 0n && paid! >= worth(1));
});

test('threat 4: the steward that went missing claims for its successor', async () => {
  const kept = answerFrom(sealed(share(1), 1, 0)).scalar;
  /** What it and its successor get, by the generation that the rebuilt share is sealed as. */
  const claim = async (rebuiltAs: (generation: number) => number) => {
    const { scalar } = answerFrom(sealed(share(1), 1, rebuiltAs(0)));
    const { chain, sweep } = await posted([scalar]);
    return gained(chain, [sweep(bob.address, kept), sweep(carol.address, scalar)], [bob.address, carol.address]);
  };
  const [stolen, left] = await claim((generation) => generation);
  assert.ok(stolen! >= worth(1) && left === 0n, 'rebuilt as it was');
  const [none, paid] = await claim((generation) => generation + 1);
  assert.ok(none === 0n && paid! >= worth(1));
});

test('threat 5: ten in league keep three shares and claim for ten', async () => {
  const pieces = [share(1), share(2), share(3)];
  const shares = new FecEncoder(3, 10).encode(pieces).map((block) => block.slice());
  type Seal = (bytes: Uint8Array, number: number) => { blob: Uint8Array; salt: number };
  /** Grains that three of ten blobs are worth to them. */
  const claimed = async (seal: Seal) => {
    const blobs = shares.map(seal);
    // The salts are theirs to keep; the key is not.
    const kept = new Map([2, 5, 9].map((number) => [number, blobs[number]!.blob.subarray(blobs[number]!.salt)]));
    const guesses = new FecEncoder(3, 10).encode(new FecDecoder(3, 10).decode(kept).map((piece) => piece.slice()));
    const forged = blobs.map(({ blob, salt }, number) =>
      kept.has(number) ? blob : concat(blob.subarray(0, salt), guesses[number]!),
    );
    const { chain, sweep } = await posted(blobs.map(({ blob }) => answerFrom(blob).scalar));
    const sweeps = forged.map((blob, number) => sweep(bob.address, answerFrom(blob).scalar, number));
    return gained(chain, sweeps, [bob.address])[0]!;
  };
  const bare = await claimed((blob) => ({ blob, salt: 0 }));
  assert.ok(bare >= worth(10), `bare shares: ${bare}`);
  const three = await claimed((bytes, number) => ({ blob: sealed(bytes, number, 0), salt: 16 }));
  assert.ok(three >= worth(3) && three < worth(4), `what they kept: ${three}`);
});

test('threat 13: payments link blobs, owners and stewards', () => {
  const Q = pointOf(1234n);
  const owner = new Keyring(new Uint8Array(64).fill(3));
  const secrets = [1, 2].map((n) => sha256(utf8('contract'), u32be(n)));
  /** The i-th payment under a contract, the n-th of its owner. */
  type Rule = (secret: Uint8Array, i: number, n: number) => Record<'name' | 'payee' | 'funder', Uint8Array>;
  const fresh: Rule = (secret, i, n) => ({
    ...{ name: contractName(secret, i), payee: payeeKey(Q, secret, i) },
    funder: owner.address(n + 1),
  });
  /** Pairs of twelve payments, of two contracts with one steward, that an onlooker can tell belong together. */
  const linked = (change: Partial<Record<'name' | 'payee' | 'funder', (secret: Uint8Array) => Uint8Array>>) => {
    const payments = secrets.flatMap((secret, s) =>
      [0, 1, 2, 3, 4, 5].map((i) => {
        const off = Object.entries(change).map(([field, rule]) => [field, rule(secret)]);
        return { ...fresh(secret, i, 6 * s + i), ...Object.fromEntries(off) } as ReturnType<Rule>;
      }),
    );
    const pairs = payments.flatMap((one, at) => payments.slice(at + 1).map((other) => [one, other] as const));
    const fields = ['name', 'payee', 'funder'] as const;
    return pairs.filter(([a, b]) => fields.some((field) => equal(a[field], b[field]))).length;
  };
  assert.equal(linked({ payee: () => Q }), 66, 'one payee: all of a steward');
  assert.equal(linked({ funder: () => owner.mainAddress() }), 66, 'one account: all of an owner');
  assert.equal(linked({ name: (secret) => secret }), 30, 'one name: all of a blob');
  assert.equal(linked({}), 0);
});

test('threat 13: what stewards announce tells who keeps what a bounty names', () => {
  const blobs = Array.from({ length: 10 }, (_, number) => ({ number, uuid: sha256(sealed(share(number), number, 0)) }));
  const names = new Set(blobs.map(({ uuid }) => toHex(uuid)));
  /** Open bounties that a crawler of announcements can put a steward to. */
  const found = (announced: (blob: (typeof blobs)[0]) => Uint8Array) =>
    blobs.filter((blob) => names.has(toHex(announced(blob)))).length;
  assert.equal(
    found(({ uuid }) => uuid),
    10,
  );
  assert.equal(
    found(({ number }) => locatorOf(readKeyForShare(CHK, number))),
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
  const { scalar } = answerFrom(blob);
  const open = await posted([scalar]);
  const takes = (by: bigint) => gained(open.chain, [open.sweep(thief.address, by)], [thief.address])[0]!;
  assert.ok(takes(anybody) >= worth(1), 'served to anybody');
  assert.equal(takes(checked), 0n);
  // Who does have the readkey, as an heir of the cap has, still claims nothing of a contract's.
  const agreed = await posted([scalar], payeeKey(pointOf(99n), sha256(utf8('secret')), 0));
  assert.deepEqual(attempt(agreed.chain, [agreed.sweep(thief.address, anybody)]), ['wrong-payee']);
  assert.notEqual(toHex(contractName(sha256(utf8('secret')), 0)), toHex(sha256(blob)), 'nor does a name tell it whose');
});
