import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bountyId } from '../../src/lib/chain/encoding.js';
import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { Mempool } from '../../src/lib/chain/mempool.js';
import { levelOf } from '../../src/lib/chain/pool/prices.js';
import { readTx } from '../../src/lib/chain/rules/apply.js';
import { checkNone } from '../../src/lib/chain/signatures.js';
import { alice, bob, bountyItem, Card, carol, hashOf, miner, Person, TestChain, testParams } from './helpers.js';

const memo = new Uint8Array(0);
const refusal = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;
const NONE = { connected: [], disconnected: [] };

async function funded(change: Parameters<typeof testParams>[0] = {}): Promise<TestChain> {
  const chain = await TestChain.open(testParams(change));
  for (const person of [alice, bob, carol]) await chain.produce([], { producer: person.address });
  return chain;
}

function pay(
  chain: TestChain,
  from: Person,
  options: { tip?: bigint; seq?: bigint; outputs?: number; to?: Person } = {},
) {
  const outputs = Array.from({ length: options.outputs ?? 1 }, () => ({
    to: (options.to ?? miner).address,
    amount: 5_000n,
  }));
  return chain.make({ kind: 'transfer', from: from.address, outputs, memo }, from.signer, options);
}

test('bids on an advert that lists many accounts take no more memory than a pool may', async () => {
  const chain = await funded();
  const bidders = Array.from({ length: 24 }, (_, i) => new Person(`bidder ${i}`));
  const outputs = bidders.map(({ address }) => ({ to: address, amount: 200_000n }));
  await chain.produce([chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer).bytes]);
  const advert = chain.make(
    {
      ...{ kind: 'advert', from: alice.address, lots: 1, size: 1 << 20, term: 30, reserve: 1n << 20n, creditDays: 4 },
      ...{ closes: chain.ledger.tip.slot + 100, contact: new Card(7n).key },
      excluded: Array.from({ length: 256 }, (_, i) => hashOf(`excluded ${i}`)),
    },
    alice.signer,
  );
  await chain.produce([advert.bytes]);
  const bids = bidders.map((bidder, i) =>
    chain.make(
      { kind: 'commit', from: bidder.address, advert: advert.id, commitment: hashOf(`${i}`), deposit: 50_000n },
      bidder.signer,
      { tip: BigInt(Math.round(700 * 1.2 ** i)) },
    ),
  );
  const bytesMax = bids.reduce((sum, { bytes }) => sum + bytes.length, 0) + 1_000;
  const pool = new Mempool(chain.ledger, { bytesMax });
  for (const { bytes } of bids) pool.add(bytes, 0);
  // Each leaves the advert anew, more than 8 KiB: four times what may wait.
  assert.ok(pool.size >= 2 && pool.size * 8_192 <= 4 * bytesMax, `${pool.size} of ${bytesMax} bytes`);
  assert.deepEqual(
    pool.all().map(({ id }) => id),
    bids.slice(-pool.size).map(({ id }) => id),
    'the best paying stay',
  );
  assert.ok(pool.floor > 0);
  const left = pool.size;
  pool.reset(await chain.produce(pool.candidates(1 << 20)), 0);
  assert.deepEqual([pool.size, pool.floor], [0, 0], `${left} went into a block`);
  const plain = Array.from({ length: 24 }, (_, i) => pay(chain, bob, { seq: chain.seqOf(bob.address) + BigInt(i) }));
  for (const { bytes } of plain) pool.add(bytes, 0);
  assert.equal(pool.size, 24, 'payments are held back by their bytes alone');
});

test('a replacement pays an eighth more in all and by weight, to a grain', async () => {
  const chain = await funded();
  const seq = chain.seqOf(alice.address);
  const at = (fee: bigint, outputs = 1) => {
    const { tx } = pay(chain, alice, { seq, outputs });
    return pay(chain, alice, { seq, outputs, tip: fee - tx.fee });
  };
  const first = at(8_000n);
  const offered = (tx: { bytes: Uint8Array }) => {
    const pool = new Mempool(chain.ledger);
    pool.add(first.bytes, 0);
    return pool.add(tx.bytes, 0);
  };
  assert.throws(() => offered(at(8_999n)), refusal('underpriced'));
  offered(at(9_000n));
  // Three times the weight: by weight it pays less, whatever it pays in all.
  assert.throws(() => offered(at(9_000n, 8)), refusal('underpriced'));
  // A lighter one pays more by weight, and less in all.
  const wide = at(9_000n, 8);
  const pool = new Mempool(chain.ledger);
  pool.add(wide.bytes, 0);
  assert.ok(levelOf(8_999 / 300) > levelOf(9_000 / 1_500));
  assert.throws(() => pool.add(at(9_100n).bytes, 0), refusal('underpriced'));
});

test('a sweep of what two others sweep must outbid both together, and takes the place of the first', async () => {
  const chain = await funded();
  const cards = [new Card(3n), new Card(4n)];
  const bounties = cards.map(({ key }, i) => ({
    ...{ amount: 50_000n, payee: null, key, duration: 24, items: [bountyItem(i)] },
  }));
  const post = chain.make({ kind: 'post', from: alice.address, bounties }, alice.signer);
  await chain.produce([post.bytes]);
  const sweep = (which: number[], fee: bigint) => {
    const entries = which.map((i) => ({ bounty: bountyId(post.id, i), to: carol.address }));
    const signer = (message: Uint8Array, i: number) => cards[which[i]!]!.sign(message);
    const { tx } = chain.make({ kind: 'sweep', entries }, signer);
    return chain.make({ kind: 'sweep', entries }, signer, { tip: fee - tx.fee });
  };
  const pool = new Mempool(chain.ledger);
  const [one, between, two] = [sweep([0], 8_000n), pay(chain, bob), sweep([1], 8_000n)];
  for (const { bytes } of [one, between, two]) pool.add(bytes, 0);
  const both = sweep([0, 1], 18_000n);
  const rate = ({ tx, bytes }: typeof both) => Number(tx.fee) / bytes.length;
  assert.ok(8 * rate(sweep([0, 1], 17_999n)) > 9 * rate(one), 'by weight it pays an eighth more than either');
  assert.throws(() => pool.add(sweep([0, 1], 17_999n).bytes, 0), refusal('underpriced'));
  pool.add(both.bytes, 0);
  assert.deepEqual(
    pool.all().map(({ id }) => id),
    [both.id, between.id],
  );
});

test('what a thousand and more stand on is not replaced', async () => {
  const chain = await funded();
  const pool = new Mempool(chain.ledger);
  const seq = chain.seqOf(alice.address);
  for (let i = 0n; i <= 1_025n; i++) {
    const bytes = pay(chain, alice, { seq: seq + i }).bytes;
    pool.take(readTx(bytes), bytes, 0, checkNone);
  }
  assert.throws(() => pool.add(pay(chain, alice, { seq, tip: 10_000n }).bytes, 0), refusal('underpriced'));
  pool.add(pay(chain, alice, { seq: seq + 1n, tip: 10_000n }).bytes, 0);
  assert.equal(pool.size, 1_026);
});

test('whose block is a cycle below goes, though nothing touches it', async () => {
  const chain = await funded({ cycleBlocks: 100 });
  const pool = new Mempool(chain.ledger);
  // Of two accounts that no block touches: only its age can tell.
  const { tx, bytes, id } = pay(chain, alice, { to: carol });
  pool.add(bytes, 0);
  const oldest = tx.ref.height + chain.params.cycleBlocks;
  while (chain.ledger.tip.height < oldest - 1) pool.reset(await chain.produce(), 0);
  assert.ok(pool.has(id), 'the next block may still have it');
  const dropped = pool.reset(await chain.produce(), 0);
  assert.deepEqual(
    dropped.map(({ rule }) => rule),
    ['ref-expired'],
  );
  assert.equal(pool.size, 0);
});

test('what no longer pays the base fee goes, though nothing touches it', async () => {
  const chain = await funded({ bodyBytesMin: 2_048, bodyBytesMax: 2_048 });
  const pool = new Mempool(chain.ledger);
  const before = chain.ledger.globals().baseFee;
  const [poor, rich] = [pay(chain, alice, { to: carol }), pay(chain, carol, { to: alice, tip: 1_000_000n })];
  for (const { bytes } of [poor, rich]) pool.add(bytes, 0);
  const full = chain.seqOf(bob.address);
  const body = Array.from({ length: 7 }, (_, i) => pay(chain, bob, { to: bob, seq: full + BigInt(i) }).bytes);
  const dropped = pool.reset(await chain.produce(body), 0);
  assert.ok(chain.ledger.globals().baseFee > before);
  assert.deepEqual(
    dropped.map(({ id, rule }) => [id, rule]),
    [[poor.id, 'fee-low']],
  );
  assert.ok(pool.has(rich.id));
  assert.deepEqual(pool.reset(NONE, 0), []);
});
