import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bountyId, encodeSignedTx, signingMessage } from '../../src/lib/chain/encoding.js';
import { readTx } from '../../src/lib/chain/rules/apply.js';
import type { BlockContext, Defences } from '../../src/lib/chain/rules/run.js';
import { signTx } from '../../src/lib/chain/sign.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import type { Hash, NewBounty, SignedTx, SweepTx } from '../../src/lib/chain/types.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { alice, bob, bountyItem, Card, carol, miner, Person, TestChain, testParams } from '../chain/helpers.js';
import { funded, stakeParams } from '../chain/stake/world.js';
import { attempt, bent, outcome } from './attempt.js';

/* Each attack runs against a rule without the defence, where it must win, and against the rule, where it must not. */

const mallory = new Person('mallory');
const memo = new Uint8Array(0);
const cards = [new Card(41n), new Card(42n)] as const;

const bounty = (card: Card, duration: number): NewBounty => ({
  ...{ amount: 20_000n, payee: null, key: card.key, duration, items: [bountyItem(Number(card.scalar))] },
});

/** alice has posted two bounties that bob can sweep. */
async function posted(): Promise<{ chain: TestChain; bounties: Hash[] }> {
  const chain = await TestChain.open();
  for (const { address } of [alice, bob]) await chain.produce([], { producer: address });
  const bounties = cards.map((card) => bounty(card, 100));
  const post = chain.make({ kind: 'post', from: alice.address, bounties }, alice.signer);
  await chain.produce([post.bytes]);
  return { chain, bounties: [bountyId(post.id, 0), bountyId(post.id, 1)] };
}

/** A signature that covers the bounty it claims and nothing else. */
function claimOnly(bounties: readonly Hash[]): BlockContext['check'] {
  return (signature, _message, key) => {
    const index = cards.findIndex((card) => toHex(card.key) === toHex(key));
    checkNow(signature, bounties[index]!, key);
  };
}

test('threat 6: front-running a sweep, or peeling an entry off it', async () => {
  const { chain, bounties } = await posted();
  const entries = bounties.map((id) => ({ bounty: id, to: bob.address }));
  const draft = chain.draft({ kind: 'sweep', entries }, { tip: 50n }) as SweepTx;
  const attacks = (sweep: SignedTx) => {
    const tx = sweep.tx as SweepTx;
    const stolen = tx.entries.map((entry) => ({ ...entry, to: mallory.address }));
    const [peeled] = sweep.signatures;
    return [
      { tx: { ...tx, entries: stolen }, signatures: sweep.signatures },
      { tx: { ...tx, entries: tx.entries.slice(0, 1) }, signatures: [peeled!] },
    ].map(encodeSignedTx);
  };
  const whole = signTx(draft, chain.params.derived.genesisId, (message, i) => cards[i]!.sign(message));
  const loose = signTx(draft, chain.params.derived.genesisId, (_, i) => cards[i]!.sign(bounties[i]!));
  const off = { check: claimOnly(bounties) };
  assert.deepEqual(attempt(chain, [encodeSignedTx(loose)], off), ['valid'], 'the sweep itself');
  assert.deepEqual(attempt(chain, [encodeSignedTx(whole)]), ['valid']);
  for (const stolen of attacks(loose)) assert.deepEqual(attempt(chain, [stolen], off), ['valid']);
  for (const stolen of attacks(whole)) assert.deepEqual(attempt(chain, [stolen]), ['signature']);
});

test('threat 7: a producer fills its own blocks for nothing', () => {
  /** What spam in a block of its own costs a producer, of what it pays for it. */
  const cost = (defences: Partial<Defences>) => {
    const world = funded(stakeParams(), defences);
    const outputs = Array.from({ length: 200 }, () => ({ to: miner.address, amount: 1n }));
    const spam = world.make({ kind: 'transfer', from: miner.address, outputs, memo }, miner.signer);
    const before = world.balance(miner);
    world.block(world.slot + 2, [spam], { producer: miner });
    return { fee: readTx(spam).tx.fee, paid: before - world.balance(miner) };
  };
  const off = cost({ poolShare: (feePool) => feePool });
  assert.equal(off.paid, 0n, 'paid to the producer straight, its own fees come back');
  const on = cost({});
  assert.ok(on.fee > 10_000n && 1000n * on.paid >= 999n * on.fee, `${on.paid} of ${on.fee}`);
});

test('threat 14: a payment played again', async () => {
  const { chain } = await posted();
  const outputs = [{ to: mallory.address, amount: 5_000n }];
  const { bytes } = chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer);
  assert.deepEqual(attempt(chain, [bytes, bytes], { defences: { sequence: false } }), ['valid', 'valid']);
  assert.deepEqual(attempt(chain, [bytes, bytes]), ['valid', 'seq-low']);
  // A cycle on, where what is asked of the sequence number alone might have been pruned.
  const later = { height: readTx(bytes).tx.ref.height + chain.params.cycleBlocks + 1 };
  const endless = bent(chain.params, {}, { cycleBlocks: 1_000_000 });
  assert.deepEqual(attempt(chain, [bytes], { ...later, params: endless }), ['valid']);
  assert.deepEqual(attempt(chain, [bytes], later), ['ref-expired']);
});

test('threat 14: a payment of an account that was emptied, played again when it is there anew', async () => {
  const dave = new Person('dave');
  const replayed = async (defences: Partial<Defences>) => {
    const world = funded(stakeParams(), defences);
    const pay = (from: Person, to: Person, amount: bigint) =>
      world.make({ kind: 'transfer', from: from.address, outputs: [{ to: to.address, amount }], memo }, from.signer);
    world.next(pay(bob, dave, 20_000n));
    const fee = readTx(pay(dave, mallory, 19_000n)).tx.fee;
    const all = pay(dave, mallory, world.balance(dave) - fee);
    world.next(all);
    assert.equal(world.balance(dave), 0n);
    world.next(pay(bob, dave, 20_000n));
    return outcome(() => world.next(all));
  };
  assert.equal(await replayed({ firstSeq: () => 0n }), 'valid');
  assert.equal(await replayed({}), 'seq-low');
});

test('threat 14: a payment of one network, played on another', async () => {
  const other = await TestChain.open(testParams({ salt: '01'.repeat(32) }));
  for (const { address } of [alice, bob]) await other.produce([], { producer: address });
  for (let i = 0; i < 3; i++) await other.produce();
  const { chain } = await posted();
  const outputs = [{ to: mallory.address, amount: 5_000n }];
  const seq = other.seqOf(alice.address);
  const tx = chain.draft({ kind: 'transfer', from: alice.address, outputs, memo }, { seq });
  const none = new Uint8Array(32);
  const anywhere = encodeSignedTx(signTx(tx, none, alice.signer));
  const here = chain.sign(tx, alice.signer);
  // The block it names is not on the other chain, which would do; a chain split in two would have it.
  const blockIdAt = () => tx.ref.id;
  const check: BlockContext['check'] = (signature, _, key) => checkNow(signature, signingMessage(tx, none), key);
  assert.deepEqual(attempt(other, [anywhere], { blockIdAt, check }), ['valid']);
  assert.deepEqual(attempt(other, [here], { blockIdAt }), ['signature']);
});

test('threat 23: producers hide sweeps until the bounty expires', async () => {
  /** Hostile producers make all blocks for a while; then an honest one comes. */
  const swept = async (window: number) => {
    const chain = await TestChain.open(bent(testParams(), { claimWindowSlots: window }));
    for (const { address } of [alice, bob]) await chain.produce([], { producer: address });
    const draft = { kind: 'post' as const, from: alice.address, bounties: [bounty(cards[0], window)] };
    const post = chain.make(draft, alice.signer);
    await chain.produce([post.bytes]);
    const id = bountyId(post.id, 0);
    const entries = [{ bounty: id, to: carol.address }];
    const sweep = chain.make({ kind: 'sweep', entries }, (message) => cards[0].sign(message)).bytes;
    for (let i = 0; i < 2 * chain.params.k; i++) await chain.produce([], { producer: mallory.address });
    const revoke = chain.make({ kind: 'revoke', from: alice.address, bounties: [id] }, alice.signer).bytes;
    return [...attempt(chain, [sweep]), ...attempt(chain, [revoke])];
  };
  assert.deepEqual(await swept(8), ['bounty-expired', 'valid'], 'the owner has the answer and the money');
  assert.deepEqual(await swept(testParams().derived.claimWindowSlots), ['valid', 'bounty-live']);
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const brief = { kind: 'post' as const, from: alice.address, bounties: [bounty(cards[0], 8)] };
  assert.deepEqual(attempt(chain, [chain.make(brief, alice.signer).bytes]), ['duration']);
});
