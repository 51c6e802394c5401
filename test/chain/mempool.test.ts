import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bountyId, decodeSignedTx } from '../../src/lib/chain/encoding.js';
import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { readAccount } from '../../src/lib/chain/state.js';
import { alice, bob, bountyItem, Card, carol, hashOf, miner, TestChain } from './helpers.js';

const memo = new Uint8Array(0);
const refusal = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;
const NONE = { connected: [], disconnected: [] };

async function funded(): Promise<TestChain> {
  const chain = await TestChain.open();
  for (const person of [alice, bob, carol]) await chain.produce([], { producer: person.address });
  return chain;
}

function pay(chain: TestChain, from = alice, options: { tip?: bigint; seq?: bigint; amount?: bigint } = {}) {
  const outputs = [{ to: carol.address, amount: options.amount ?? 5_000n }];
  return chain.make({ kind: 'transfer', from: from.address, outputs, memo }, from.signer, options);
}

test("a sender's transactions wait in order, each on the one before it", async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const seq = pool.pendingSeq(alice.address)!;
  assert.equal(seq, chain.seqOf(alice.address));
  const [first, second] = [pay(chain, alice, { seq }), pay(chain, alice, { seq: seq + 1n, tip: 500n })];
  assert.throws(() => pool.add(second.bytes, 0), refusal('seq-high'));
  assert.deepEqual(pool.add(first.bytes, 0).id, first.id);
  pool.add(second.bytes, 0);
  assert.equal(pool.pendingSeq(alice.address), seq + 2n);
  assert.equal(pool.pendingSeq(hashOf('nobody')), undefined);
  assert.throws(() => pool.add(first.bytes, 0), refusal('known'));
  assert.throws(() => pool.add(pay(chain, alice, { seq, amount: 1_000n }).bytes, 0), refusal('underpriced'));
  assert.throws(() => pool.add(pay(chain, alice, { seq: seq - 1n }).bytes, 0), refusal('seq-low'));
  assert.ok(pool.has(first.id) && pool.get(second.id)?.tx.kind === 'transfer');
  assert.equal(readAccount(pool.pending, carol.address)!.balance, chain.balanceOf(carol.address) + 10_000n);
  assert.deepEqual(pool.candidates(1 << 20), [first.bytes, second.bytes], 'the better paying one cannot overtake');
});

test('what would not apply is refused, and leaves nothing behind', async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const good = pay(chain);
  const bent = Uint8Array.from(good.bytes);
  bent[bent.length - 1]! ^= 1;
  assert.throws(() => pool.add(bent, 0), refusal('signature'));
  assert.throws(() => pool.add(Uint8Array.of(1, 2), 0), refusal('malformed'));
  assert.throws(() => pool.add(pay(chain, alice, { amount: 1n << 60n }).bytes, 0), refusal('insufficient'));
  assert.deepEqual([pool.size, pool.bytes], [0, 0]);
  pool.add(good.bytes, 0);
  assert.deepEqual([pool.size, pool.bytes], [1, good.bytes.length]);
});

test('one sweep an object', async () => {
  const chain = await funded();
  const card = new Card(3n);
  const bounty = { amount: 50_000n, payee: null, key: card.key, duration: 24, items: [bountyItem(1)] };
  const post = chain.make({ kind: 'post', from: alice.address, bounties: [bounty] }, alice.signer);
  await chain.produce([post.bytes]);
  const pool = new Mempool(chain.ledger);
  const sweep = (to: Uint8Array) =>
    chain.make({ kind: 'sweep', entries: [{ bounty: bountyId(post.id, 0), to }] }, (message) => card.sign(message))
      .bytes;
  pool.add(sweep(bob.address), 0);
  assert.throws(() => pool.add(sweep(carol.address), 0), refusal('underpriced'));
});

test('the clock counts: what expires by now is not taken in', async () => {
  const chain = await funded();
  const card = new Card(3n);
  const bounty = { amount: 50_000n, payee: null, key: card.key, duration: 24, items: [bountyItem(1)] };
  const post = chain.make({ kind: 'post', from: alice.address, bounties: [bounty] }, alice.signer);
  await chain.produce([post.bytes]);
  const expires = chain.ledger.tip.slot + 24;
  const entries = [{ bounty: bountyId(post.id, 0), to: bob.address }];
  const sweep = chain.make({ kind: 'sweep', entries }, (message) => card.sign(message)).bytes;
  assert.throws(() => new Mempool(chain.ledger).add(sweep, expires + 1), refusal('bounty-expired'));
  const pool = new Mempool(chain.ledger);
  pool.add(sweep, expires);
  assert.deepEqual(
    pool.reset(NONE, expires + 1).map(({ rule }) => rule),
    ['bounty-expired'],
  );
  assert.equal(pool.size, 0);
});

test('best paying first, within the size asked for', async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const cheap = pay(chain, alice);
  const dear = pay(chain, bob, { tip: 10_000n });
  pool.add(cheap.bytes, 0);
  pool.add(dear.bytes, 0);
  assert.deepEqual(pool.candidates(1 << 20), [dear.bytes, cheap.bytes]);
  assert.deepEqual(pool.candidates(dear.bytes.length), [dear.bytes]);
});

test('at a new tip what is included goes, and what no longer applies is named', async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const seq = chain.seqOf(alice.address);
  const [first, second] = [pay(chain, alice, { seq }), pay(chain, alice, { seq: seq + 1n })];
  const rival = pay(chain, bob, { amount: 1_000n });
  for (const tx of [first, second, pay(chain, bob)]) pool.add(tx.bytes, 0);
  const result = await chain.produce([first.bytes, rival.bytes]);
  const dropped = pool.reset(result, 0);
  assert.deepEqual(
    dropped.map(({ rule }) => rule),
    ['seq-low'],
  );
  assert.deepEqual(
    pool.all().map(({ id }) => id),
    [second.id],
  );
  assert.equal(pool.pendingSeq(alice.address), seq + 2n);
});

test('a reorganisation gives back what it took out, in order', async () => {
  const [chain, other] = [await funded(), await funded()];
  assert.deepEqual(chain.ledger.tip, other.ledger.tip);
  const pool = new Mempool(chain.ledger);
  const seq = chain.seqOf(alice.address);
  const txs = [0n, 1n, 2n].map((i) => pay(chain, alice, { seq: seq + i }));
  for (const tx of txs) pool.add(tx.bytes, 0);
  pool.reset(await chain.produce([txs[0]!.bytes]), 0);
  pool.reset(await chain.produce([txs[1]!.bytes]), 0);
  assert.equal(pool.size, 1);
  const blocks = [];
  for (let i = 0; i < 3; i++) {
    const block = await other.build(i === 0 ? [txs[0]!.bytes] : [], { producer: miner.address });
    await other.add(block);
    blocks.push(block);
  }
  for (const block of blocks) assert.deepEqual(pool.reset(await chain.ledger.addBlock(block, 1_000), 0), []);
  assert.deepEqual(chain.ledger.tip, other.ledger.tip);
  assert.deepEqual(
    pool.all().map(({ id }) => id),
    [txs[1]!.id, txs[2]!.id],
  );
});

test('a full pool keeps the best paying, with those they stand on', async () => {
  const chain = await funded();
  const sizes = pay(chain, alice).bytes.length;
  const pool = new Mempool(chain.ledger, { bytesMax: 8 * (sizes + 4) });
  const seq = chain.seqOf(alice.address);
  for (let i = 0n; i < 4n; i++) pool.add(pay(chain, alice, { seq: seq + i }).bytes, 0);
  const bobs = chain.seqOf(bob.address);
  for (let i = 0n; i < 4n; i++) pool.add(pay(chain, bob, { seq: bobs + i, tip: 2_000n }).bytes, 0);
  assert.equal(pool.size, 8);
  const worst = pay(chain, carol, { amount: 1_000n });
  const carols = chain.make(
    { kind: 'transfer', from: carol.address, outputs: [{ to: bob.address, amount: 5_000n }], memo },
    carol.signer,
    { tip: 9_000n },
  );
  pool.add(carols.bytes, 0);
  assert.ok(pool.size < 9 && pool.bytes <= 8 * (sizes + 4));
  assert.ok(pool.has(carols.id));
  const senders = pool.all().map(({ bytes }) => {
    const { tx } = decodeSignedTx(bytes);
    return 'from' in tx ? Buffer.compare(tx.from, bob.address) === 0 : false;
  });
  assert.equal(senders.filter(Boolean).length, 4, "bob's better paying ones are all there");
  const alices = pool.all().filter(({ tx }) => tx.kind === 'transfer' && Buffer.compare(tx.from, alice.address) === 0);
  assert.equal(pool.pendingSeq(alice.address), seq + BigInt(alices.length), 'no gap in what is left');
  assert.ok(!pool.has(worst.id));
});

test('a full pool of better paying transactions refuses the next', async () => {
  const chain = await funded();
  const sizes = pay(chain, alice).bytes.length;
  const pool = new Mempool(chain.ledger, { bytesMax: 2 * (sizes + 8) });
  const seq = chain.seqOf(bob.address);
  for (let i = 0n; i < 2n; i++) pool.add(pay(chain, bob, { seq: seq + i, tip: 2_000n }).bytes, 0);
  assert.throws(() => pool.add(pay(chain, alice).bytes, 0), refusal('pool-full'));
});

test('what the pool offers makes a block', async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const seq = chain.seqOf(alice.address);
  for (let i = 0n; i < 20n; i++) pool.add(pay(chain, alice, { seq: seq + i, tip: i * 10n }).bytes, 0);
  for (const person of [bob, carol]) pool.add(pay(chain, person, { tip: 90n }).bytes, 0);
  const result = await chain.produce(pool.candidates(1 << 20));
  assert.deepEqual(pool.reset(result, 0), []);
  assert.equal(pool.size, 0);
});

test('an eighth more buys the place of what waits, and those that follow keep theirs', async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const seq = chain.seqOf(alice.address);
  const [first, second] = [pay(chain, alice, { seq }), pay(chain, alice, { seq: seq + 1n })];
  for (const tx of [first, second]) pool.add(tx.bytes, 0);
  const eighth = (first.tx.fee + 7n) / 8n;
  assert.throws(() => pool.add(pay(chain, alice, { seq, tip: eighth - 1n }).bytes, 0), refusal('underpriced'));
  const bent = Uint8Array.from(pay(chain, alice, { seq, tip: 5_000n }).bytes);
  bent[bent.length - 1]! ^= 1;
  assert.throws(() => pool.add(bent, 0), refusal('signature'));
  assert.ok(pool.has(first.id), 'refused, it replaces nothing');
  const better = pay(chain, alice, { seq, tip: 2n * eighth, amount: 6_000n });
  pool.add(better.bytes, 0);
  assert.deepEqual(
    pool.all().map(({ id }) => id),
    [better.id, second.id],
  );
  assert.equal(readAccount(pool.pending, carol.address)!.balance, chain.balanceOf(carol.address) + 11_000n);
  assert.deepEqual(pool.reset(await chain.produce(pool.candidates(1 << 20)), 0), []);
});

test('what a replacement leaves nothing for goes', async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const seq = chain.seqOf(alice.address);
  const [first, second] = [pay(chain, alice, { seq }), pay(chain, alice, { seq: seq + 1n })];
  for (const tx of [first, second]) pool.add(tx.bytes, 0);
  const greedy = pay(chain, alice, { seq, tip: 10_000n, amount: chain.balanceOf(alice.address) - 13_000n });
  pool.add(greedy.bytes, 0);
  assert.deepEqual(
    pool.all().map(({ id }) => id),
    [greedy.id],
  );
  assert.equal(pool.pendingSeq(alice.address), seq + 1n);
});

test('a sweep that pays an eighth more takes the object', async () => {
  const chain = await funded();
  const card = new Card(3n);
  const bounty = { amount: 50_000n, payee: null, key: card.key, duration: 24, items: [bountyItem(1)] };
  const post = chain.make({ kind: 'post', from: alice.address, bounties: [bounty] }, alice.signer);
  await chain.produce([post.bytes]);
  const pool = new Mempool(chain.ledger);
  const sweep = (to: Uint8Array, tip: bigint) =>
    chain.make({ kind: 'sweep', entries: [{ bounty: bountyId(post.id, 0), to }] }, (message) => card.sign(message), {
      tip,
    });
  pool.add(sweep(bob.address, 0n).bytes, 0);
  const dearer = sweep(carol.address, 1_000n);
  pool.add(dearer.bytes, 0);
  assert.deepEqual(
    pool.all().map(({ id }) => id),
    [dearer.id],
  );
});

test('a full pool has a floor price, which falls again as blocks make room', async () => {
  const chain = await funded();
  const sizes = pay(chain, alice).bytes.length;
  const pool = new Mempool(chain.ledger, { bytesMax: 4 * (sizes + 4) });
  const seq = chain.seqOf(alice.address);
  for (let i = 0n; i < 4n; i++) pool.add(pay(chain, alice, { seq: seq + i }).bytes, 0);
  const bobs = chain.seqOf(bob.address);
  pool.add(pay(chain, bob, { seq: bobs, tip: 4_000n }).bytes, 0);
  assert.ok(pool.floor > 0);
  const left = pool.size;
  assert.throws(() => pool.add(pay(chain, carol).bytes, 0), refusal('pool-full'));
  assert.equal(pool.size, left);
  pool.reset(await chain.produce(pool.candidates(1 << 20)), 0);
  assert.equal(pool.floor, 0);
  pool.add(pay(chain, carol).bytes, 0);
});
