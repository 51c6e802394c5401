import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { verifyHere } from '../../src/lib/crypto/signatures.js';
import { Verified } from '../../src/lib/crypto/verified.js';
import { BundleVerifier } from '../../src/lib/node/bundle-verifier.js';
import type { Context } from '../../src/lib/node/context.js';
import { Relay } from '../../src/lib/node/relay.js';
import { alice, bob, carol, TestChain } from '../chain/helpers.js';

async function world() {
  const chain = await TestChain.open();
  for (const { address } of [alice, bob]) await chain.produce([], { producer: address });
  const { ledger, params } = chain;
  const mempool = new Mempool(ledger);
  const asked: string[] = [];
  let now = 0;
  const network = { fetchPool: async (peer: string) => void asked.push(peer) };
  const context = { ledger, mempool, params, clock: { now: () => now }, network } as unknown as Context;
  const pay = (from: typeof alice, seq = chain.seqOf(from.address)) =>
    chain.make(
      {
        kind: 'transfer',
        from: from.address,
        outputs: [{ to: carol.address, amount: 5_000n }],
        memo: new Uint8Array(0),
      },
      from.signer,
      { seq },
    ).bytes;
  const known = new Verified();
  const later = (ms: number) => {
    now += ms;
  };
  return {
    asked,
    later,
    mempool,
    relay: new Relay(context, verifyHere, known),
    verifier: new BundleVerifier(context, verifyHere, known),
    pay,
    chain,
  };
}

const bent = (bytes: Uint8Array) => {
  const copy = Uint8Array.from(bytes);
  copy[copy.length - 1]! ^= 1;
  return copy;
};

test('a bundle passes where one of it at least is new and valid', async () => {
  const { relay, mempool, pay, chain } = await world();
  const seq = chain.seqOf(alice.address);
  const bundle = [pay(alice), pay(alice, seq + 1n)];
  assert.equal(await relay.onTxs('peer', bundle), 'accept');
  assert.equal(await relay.onTxs('peer', bundle), 'ignore', 'all known');
  assert.equal(await relay.onTxs('peer', [...bundle, pay(bob)]), 'accept');
  assert.equal(await relay.onTxs('peer', [pay(bob, chain.seqOf(bob.address) + 9n)]), 'ignore', 'none applies yet');
  assert.equal(mempool.size, 3);
});

test('threat 22: a bundle with one malformed or badly signed is refused whole', async () => {
  const { relay, mempool, pay } = await world();
  assert.equal(await relay.onTxs('peer', [pay(alice), bent(pay(bob))]), 'reject');
  assert.equal(await relay.onTxs('peer', [pay(alice), Uint8Array.of(1, 2, 3)]), 'reject');
  assert.equal(mempool.size, 0);
  assert.equal(await relay.onTxs('peer', [pay(alice), pay(bob)]), 'accept');
});

test('bundles are taken in the order in which they came, however long one is looked at', async () => {
  const { relay, mempool, pay, chain } = await world();
  const seq = chain.seqOf(alice.address);
  const verdicts = await Promise.all([0n, 1n, 2n].map((i) => relay.onTxs('peer', [pay(alice, seq + i)])));
  assert.deepEqual(verdicts, ['accept', 'accept', 'accept']);
  assert.equal(mempool.pendingSeq(alice.address), seq + 3n);
});

test('what is used up or waits already is not verified again', async () => {
  const { relay, verifier, pay, chain } = await world();
  const seq = chain.seqOf(alice.address);
  await relay.onTxs('peer', [pay(alice)]);
  assert.deepEqual(await verifier.verify([pay(alice), pay(alice, seq - 1n)]), []);
  assert.equal((await verifier.verify([pay(bob)]))?.length, 1);
});

test('what a bundle stands on and is not here is asked of who passed it on, not at every turn', async () => {
  const { relay, pay, chain, asked, later } = await world();
  const seq = chain.seqOf(alice.address);
  later(1_000);
  await relay.onTxs('first', [pay(alice, seq + 1n), pay(alice, seq + 2n)]);
  await relay.onTxs('second', [pay(alice, seq + 3n)]);
  assert.deepEqual(asked, ['first']);
  later(5_000);
  await relay.onTxs('second', [pay(alice, seq + 3n)]);
  await relay.onTxs('second', [pay(alice, seq)]);
  assert.deepEqual(asked, ['first', 'second']);
});
