import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Overlay } from '../../../src/lib/chain/overlay.js';
import type { Signer } from '../../../src/lib/chain/sign.js';
import { type Bond, type BondState, readBond, setBond } from '../../../src/lib/chain/stake/bond.js';
import type { StakeTx, Tx } from '../../../src/lib/chain/types.js';
import { alice, bob, carol, hashOf, miner, type Person, TestChain } from '../helpers.js';
import { type At, assertCommon, assertSigned, assertSpending, verdictOn } from '../verdict.js';
import { offence, signedHeader } from './offence.js';
import { keysOf } from './world.js';

type Kind = StakeTx['kind'];

let chain: TestChain;
const STAKE = 10_000_000n;

/** alice has no bond; bob's is active, carol's may be absent, miner's made an offence. */
before(async () => {
  chain = await TestChain.open();
  for (const person of [alice, bob, carol, miner]) await chain.produce([], { producer: person.address });
  const bonds = [bob, carol, miner].map(
    (by) => chain.make({ kind: 'bond', from: by.address, amount: STAKE, ...keysOf(by) }, by.signer).bytes,
  );
  await chain.produce(bonds);
  await chain.produce([]);
});

/** A bond changed before the transaction comes. */
const changed = (of: Person, change: Partial<Bond>) => (state: Overlay) =>
  setBond(state, of.address, { ...readBond(state, of.address)!, ...change });
const inState = (of: Person, state: BondState): At => ({ prepare: changed(of, { state }) });
const waiting: BondState = { kind: 'waiting', since: 1 };
const leaving: BondState = { kind: 'leaving', until: 1000 };

function valid(): { [K in Kind]: { tx: Extract<Tx, { kind: K }>; signer: Signer } } {
  const fill = <T extends Tx>(draft: Parameters<TestChain['draft']>[0], signer: Signer) => ({
    tx: chain.draft(draft, { tip: 5n }) as T,
    signer,
  });
  const made = readBond(chain.ledger.state, miner.address)!.since;
  return {
    bond: fill({ kind: 'bond', from: alice.address, amount: 100_000n, ...keysOf(alice) }, alice.signer),
    unbond: fill({ kind: 'unbond', from: bob.address }, bob.signer),
    rebond: fill({ kind: 'rebond', from: carol.address }, carol.signer),
    evidence: fill({ kind: 'evidence', ...offence(chain.params, miner, made + 1), to: alice.address }, () => {
      throw new Error('evidence brings its signatures along');
    }),
  };
}

/** What a change makes of a valid one. */
function verdict(kind: Kind, change: Partial<Tx> = {}, at: At = {}, by?: Person) {
  const { tx, signer } = valid()[kind];
  return verdictOn(chain, chain.sign({ ...tx, ...change } as Tx, by?.signer ?? signer), at);
}

const absent = inState(carol, { kind: 'absent' });

test('bond, unbond, rebond, evidence: what every kind must keep', () => {
  const { bond, unbond, rebond, evidence } = valid();
  const all = [bond, unbond, { ...rebond, ...absent }];
  for (const one of [...all, evidence]) assertCommon(chain, one);
  for (const one of all) assertSigned(chain, one);
  for (const one of all) assertSpending(chain, one);
});

test('bond: how much, which keys, in which state', () => {
  const { minBond } = chain.params;
  assert.equal(verdict('bond', { amount: minBond }), 'valid');
  assert.equal(verdict('bond', { amount: minBond - 1n }), 'bond-low');
  assert.equal(verdict('bond', { amount: 1n << 63n }), 'insufficient');
  const { tx } = valid().bond;
  const all = chain.balanceOf(alice.address) - tx.fee - 100n;
  assert.equal(verdict('bond', { amount: all, fee: tx.fee + 100n }), 'valid', 'all of it');
  assert.equal(verdict('bond', { amount: all, fee: tx.fee + 99n }), 'below-minimum');
  const neutral = Uint8Array.of(1, ...new Uint8Array(31));
  for (const key of [new Uint8Array(32), neutral, new Uint8Array(32).fill(2), new Uint8Array(32).fill(0xff)]) {
    assert.equal(verdict('bond', { vrfKey: key }), 'bad-key');
    assert.equal(verdict('bond', { signingKey: key }), 'bad-key');
  }

  const more = { from: bob.address, seq: chain.seqOf(bob.address), amount: 1n, ...keysOf(bob) };
  assert.equal(verdict('bond', more, {}, bob), 'valid', 'what is added may be little');
  assert.equal(verdict('bond', { ...more, vrfKey: alice.address }, {}, bob), 'bond-keys');
  assert.equal(verdict('bond', { ...more, signingKey: alice.address }, {}, bob), 'bond-keys');
  assert.equal(verdict('bond', more, inState(bob, { kind: 'absent' }), bob), 'bond-absent');
  assert.equal(verdict('bond', more, inState(bob, waiting), bob), 'bond-leaving');
  assert.equal(verdict('bond', more, inState(bob, leaving), bob), 'bond-leaving');
});

test('unbond and rebond: in which state', () => {
  const alices = { from: alice.address, seq: chain.seqOf(alice.address) };
  assert.equal(verdict('unbond', alices, {}, alice), 'bond-unknown');
  assert.equal(verdict('unbond', {}, inState(bob, { kind: 'absent' })), 'valid');
  assert.equal(verdict('unbond', {}, inState(bob, waiting)), 'bond-leaving');
  assert.equal(verdict('unbond', {}, inState(bob, leaving)), 'bond-leaving');
  assert.equal(verdict('rebond', alices, {}, alice), 'bond-unknown');
  assert.equal(verdict('rebond'), 'bond-present');
  assert.equal(verdict('rebond', {}, inState(carol, waiting)), 'bond-present');
  assert.equal(verdict('rebond', {}, inState(carol, leaving)), 'bond-present');
});

test('evidence: what is an offence, and until when', () => {
  const { params } = chain;
  const { since } = readBond(chain.ledger.state, miner.address)!;
  const header = (name: string, slot = since + 1, by = miner, change = {}) =>
    signedHeader(params, by, slot, name, change);
  const [first, second] = [header('a'), header('b')];
  assert.equal(verdict('evidence', { first: second, second: first }), 'valid', 'in either order');
  assert.equal(verdict('evidence', { first: header('a', since), second: header('b', since) }), 'valid');
  assert.equal(
    verdict('evidence', { first: header('a', since - 1), second: header('b', since - 1) }),
    'evidence-early',
    'nothing an earlier life of the bond signed is held against it',
  );
  const until = since + 1 + params.derived.bondSlots;
  assert.equal(verdict('evidence', {}, { slot: until }), 'valid');
  assert.equal(verdict('evidence', {}, { slot: until + 1 }), 'evidence-late');
  assert.equal(verdict('evidence', { first, second: first }), 'evidence-pair', 'the same twice');
  const again = { ...first, proof: { ...first.proof, signature: new Uint8Array(64).fill(1) } };
  assert.equal(verdict('evidence', { first, second: again }), 'evidence-pair', 'signatures apart');
  assert.equal(verdict('evidence', { second: header('b', since + 2) }), 'evidence-pair', 'two slots');
  assert.equal(verdict('evidence', { second: header('b', since + 1, bob) }), 'evidence-pair', 'two accounts');
  const bent = (of: typeof first) => ({ ...of, height: 7 });
  assert.equal(verdict('evidence', { first: bent(first) }), 'signature');
  assert.equal(verdict('evidence', { second: bent(second) }), 'signature');
  const framed = { producer: miner.address };
  const forged = { first: header('a', since + 1, bob, framed), second: header('b', since + 1, bob, framed) };
  assert.equal(verdict('evidence', forged), 'signature', "by another key than the bond's");
  assert.equal(verdict('evidence', offence(params, alice, since + 1)), 'bond-unknown');
  for (const state of [waiting, leaving, { kind: 'absent' as const }]) {
    assert.equal(verdict('evidence', {}, inState(miner, state)), 'valid', `a bond that is ${state.kind}`);
  }
});

test('evidence: the reward', () => {
  const reward = STAKE / 20n;
  assert.equal(verdict('evidence', { fee: reward }), 'valid');
  assert.equal(verdict('evidence', { fee: reward + 1n }), 'insufficient');
  assert.equal(verdict('evidence', { fee: reward, to: hashOf('new') }), 'valid', 'nothing is left to pay out');
  assert.equal(verdict('evidence', { fee: reward - 1_000n, to: hashOf('new') }), 'valid');
  assert.equal(verdict('evidence', { fee: reward - 999n, to: hashOf('new') }), 'below-minimum');
});
