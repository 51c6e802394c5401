import assert from 'node:assert/strict';
import { test } from 'node:test';
import { executeBlock } from '../../src/lib/chain/block.js';
import { headerId } from '../../src/lib/chain/encoding.js';
import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { futureSlots } from '../../src/lib/chain/header-rules.js';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { realScrypt } from '../../src/lib/chain/pow.js';
import { checkNone } from '../../src/lib/chain/signatures.js';
import type { Block, Header } from '../../src/lib/chain/types.js';
import { Failure } from '../../src/lib/util/errors.js';
import { alice, bob, carol, cheapScrypt, hashOf, MemoryStore, miner, seal, TestChain, testParams } from './helpers.js';

const memo = new Uint8Array(0);
const refusal = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;

async function funded(): Promise<TestChain> {
  const chain = await TestChain.open();
  for (const person of [alice, bob, carol]) await chain.produce([], { producer: person.address });
  return chain;
}

function pay(chain: TestChain, amount = 5_000n): Uint8Array {
  const outputs = [{ to: bob.address, amount }];
  return chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer).bytes;
}

test('an empty store starts at genesis, which the parameters alone decide', async () => {
  const [one, two] = [await TestChain.open(), await TestChain.open()];
  assert.deepEqual(one.ledger.tip, two.ledger.tip);
  assert.equal(one.ledger.tip.height, 0);
  assert.deepEqual(one.ledger.tip.header.parent, one.params.derived.genesisId);
  const other = await TestChain.open(testParams({ salt: '11'.repeat(32) }));
  assert.notDeepEqual(other.ledger.tip.id, one.ledger.tip.id);
});

test('a valid block extends the chain', async () => {
  const chain = await funded();
  const before = chain.ledger.tip;
  const result = await chain.produce([pay(chain)]);
  assert.equal(result.status, 'extended');
  assert.equal(result.connected.length, 1);
  assert.equal(chain.ledger.tip.height, before.height + 1);
  assert.ok(chain.ledger.tip.work > before.work);
  assert.deepEqual(chain.ledger.idAt(before.height), before.id);
  assert.deepEqual(chain.ledger.headerAt(before.height), before.header);
  assert.equal(chain.ledger.idAt(before.height + 2), undefined);
  assert.deepEqual(chain.ledger.body(chain.ledger.tip.id), result.connected[0]!.body);
  const reasons = result.connected[0]!.events.map((event) =>
    'reason' in event ? `${event.kind} ${event.reason}` : '',
  );
  assert.deepEqual(reasons, ['debit transfer', 'credit transfer', 'credit mine']);
  const again = await chain.add({ header: chain.ledger.tip.header, body: result.connected[0]!.body });
  assert.equal(again.status, 'known');
});

test('one corruption each: what a block is refused for', async (t) => {
  const chain = await funded();
  const good = await chain.build([pay(chain)]);
  const { lottery } = good.header;
  const bend = (header: Partial<Header>, body = good.body) => ({ header: { ...good.header, ...header }, body });
  const other = pay(chain, 6_000n);
  const cases: [RuleCode, string, () => Block | Promise<Block>][] = [
    ['version', 'a version unheard of', () => bend({ version: 3 })],
    ['height', 'a height skipped', () => bend({ height: good.header.height + 1 })],
    ['slot', "its parent's slot", () => bend({ slot: chain.ledger.tip.slot })],
    [
      'target',
      'an easier target',
      () => bend({ proof: { ...good.header.proof, target: good.header.proof.target - 1n } }),
    ],
    ['ancestors', 'other ancestors', () => bend({ ancestors: hashOf('x') })],
    ['nonce', 'another nonce', () => bend({ lottery: { ...lottery, nonce: hashOf('x') } })],
    ['nonce', 'another evolving nonce', () => bend({ lottery: { ...lottery, evolving: hashOf('x') } })],
    ['lottery', 'another snapshot', () => bend({ lottery: { ...lottery, snapshot: hashOf('x') } })],
    ['lottery', 'another next snapshot', () => bend({ lottery: { ...lottery, next: hashOf('x') } })],
    ['lottery', 'stake decided within an epoch', () => bend({ lottery: { ...lottery, since: 1 } })],
    ['body-size', 'a size beyond the limit', () => bend({ bodySize: 64 * 1024 + 1 })],
    ['body-size', 'another size', () => seal(bend({ bodySize: good.header.bodySize + 1 }))],
    ['body-root', 'another root', () => seal(bend({ bodyRoot: hashOf('x') }))],
    ['body-root', 'another body of that size', () => seal(bend({}, [other]))],
    ['state-root', 'another state', () => seal(bend({ stateRoot: hashOf('x') }))],
    ['state-root', 'another producer', () => seal(bend({ producer: carol.address }))],
  ];
  for (const [rule, name, make] of cases) {
    await t.test(`${rule}: ${name}`, async () => {
      const before = chain.store.dump();
      const block = await make();
      await assert.rejects(chain.ledger.addBlock(block, 1_000), refusal(rule));
      assert.deepEqual(chain.store.dump(), before, 'no trace');
      assert.equal(chain.ledger.has(headerId(block.header)), false);
    });
  }
  assert.equal((await chain.add(good)).status, 'extended', 'the good one still comes in');
});

test('a transaction that breaks a rule spoils its block', async () => {
  const chain = await funded();
  const [first, second] = [pay(chain), pay(chain, 7_000n)];
  const good = await chain.build([first]);
  const { bodyRoot, bodySize } = await import('../../src/lib/chain/encoding.js');
  const body = [first, second];
  const header = { ...good.header, bodyRoot: bodyRoot(body), bodySize: bodySize(body) };
  const bad = await seal({ header, body });
  await assert.rejects(chain.add(bad), refusal('seq-low'));
  await assert.rejects(chain.add(bad), refusal('known-invalid'));
  const child = { header: { ...good.header, parent: headerId(bad.header), height: bad.header.height + 1 }, body: [] };
  await assert.rejects(chain.add(child), refusal('invalid-parent'));
});

test('a wrong body under a good header does not keep the true one out', async () => {
  const chain = await funded();
  const good = await chain.build([pay(chain)]);
  await assert.rejects(chain.add({ header: good.header, body: [] }), refusal('body-size'));
  assert.equal((await chain.add(good)).status, 'extended');
});

test('work is asked for before anything is stored', async () => {
  const params = testParams({ firstTarget: `0000${'ff'.repeat(30)}` });
  const chain = await TestChain.open(params);
  const block = chain.ledger.buildBlock([], miner.address, 2);
  await assert.rejects(chain.add(block), refusal('proof-of-work'));
});

test('real scrypt mines and takes a block', async () => {
  const params = testParams({ firstTarget: `7f${'ff'.repeat(31)}` });
  const ledger = await Ledger.open(params, new MemoryStore());
  const { mine } = await import('../../src/lib/chain/pow.js');
  const template = ledger.buildBlock([], miner.address, 2);
  const header = await mine(template.header, 100, realScrypt);
  assert.equal((await ledger.addBlock({ header: header!, body: [] }, 2)).status, 'extended');
});

test('blocks ahead of the clock wait, and are not held against their sender later', async () => {
  const chain = await TestChain.open();
  const slots = futureSlots(chain.params) + 10;
  const block = await chain.build([], { slots });
  await assert.rejects(chain.ledger.addBlock(block, 9), refusal('future'));
  assert.equal((await chain.ledger.addBlock(block, 10)).status, 'extended');
});

test('an orphan is not kept', async () => {
  const [chain, other] = [await TestChain.open(), await TestChain.open()];
  await other.produce([]);
  const block = await other.build([]);
  await other.add(block);
  assert.equal((await chain.ledger.addBlock(block, 100)).status, 'orphan');
  assert.equal(chain.ledger.has(headerId(block.header)), false);
});

test('another network or a damaged store is not opened', async () => {
  const chain = await funded();
  await assert.rejects(
    Ledger.open(testParams({ salt: '22'.repeat(32) }), chain.store, { scrypt: cheapScrypt }),
    Failure,
  );
  const root = [...chain.store.map.keys()].find((key) => key === '74');
  chain.store.map.delete(root!);
  await assert.rejects(Ledger.open(chain.params, chain.store, { scrypt: cheapScrypt }), Failure);
});

test('a crash before a write leaves the ledger where it was; reopened, it goes on', async () => {
  const chain = await funded();
  const before = chain.store.dump();
  const tip = chain.ledger.tip;
  const block = await chain.build([pay(chain)]);
  chain.store.failNext = true;
  await assert.rejects(chain.add(block), /the disk is gone/);
  assert.deepEqual(chain.ledger.tip, tip);
  assert.deepEqual(chain.store.dump(), before);
  const reopened = await TestChain.open(chain.params, chain.store.copy());
  assert.deepEqual(reopened.ledger.tip, tip);
  assert.equal((await reopened.ledger.addBlock(block, 100)).status, 'extended');
  assert.equal((await chain.add(block)).status, 'extended', 'and without reopening, too');
  assert.deepEqual(reopened.store.dump(), chain.store.dump());
});

test('one write a block, and readers see the old state until it is down', async () => {
  const chain = await funded();
  const block = await chain.build([pay(chain)]);
  const writes = chain.store.writes;
  const [balance, root] = [chain.balanceOf(bob.address), chain.ledger.tip.header.stateRoot];
  const store = chain.store;
  const plain = store.write.bind(store);
  store.write = async (batch) => {
    await plain(batch);
    // Down on disk, but the promise has not resolved yet.
    assert.equal(chain.balanceOf(bob.address), balance);
    assert.deepEqual(chain.ledger.tip.header.stateRoot, root);
    assert.equal(chain.ledger.buildBlock([], miner.address, 1_000).header.height, block.header.height);
  };
  await chain.add(block);
  assert.equal(chain.store.writes, writes + 1);
  assert.equal(chain.balanceOf(bob.address), balance + 5_000n);
});

test('headers are checked ahead of bodies', async () => {
  const [chain, behind] = [await TestChain.open(), await TestChain.open()];
  for (let i = 0; i < 30; i++) await chain.produce([]);
  const headers = chain.ledger.headersAfter(behind.ledger.locator(), 100);
  assert.equal(headers.length, 30);
  const result = await behind.ledger.checkHeaders(headers, 1_000);
  assert.equal(result.status, 'good');
  assert.ok(result.status === 'good' && result.work === chain.ledger.tip.work && result.missing.length === 30);
  for (const id of result.missing) {
    const block = { header: chain.ledger.header(id)!, body: chain.ledger.body(id)! };
    assert.equal((await behind.ledger.addBlock(block, 1_000)).status, 'extended');
  }
  assert.deepEqual(behind.ledger.tip, chain.ledger.tip);
  assert.deepEqual(await behind.ledger.checkHeaders(headers, 1_000), {
    status: 'good',
    work: chain.ledger.tip.work,
    missing: [],
  });
  const fresh = await TestChain.open();
  assert.deepEqual(await fresh.ledger.checkHeaders(headers.slice(1), 1_000), { status: 'orphan' });
  await assert.rejects(fresh.ledger.checkHeaders([headers[0]!, headers[2]!], 1_000), refusal('height'));
  await assert.rejects(fresh.ledger.checkHeaders(headers, 0), refusal('future'));
});

test('a locator finds the fork with few ids', async () => {
  const chain = await TestChain.open();
  for (let i = 0; i < 100; i++) await chain.produce([]);
  const locator = chain.ledger.locator();
  assert.ok(locator.length < 20);
  assert.deepEqual(locator.at(-1), chain.ledger.idAt(0));
  assert.equal(new Set(locator.map(String)).size, locator.length);
  assert.deepEqual(
    chain.ledger.headersAfter([hashOf('unknown'), chain.ledger.idAt(90)!], 3).map((header) => header.height),
    [91, 92, 93],
  );
  assert.equal(chain.ledger.headersAfter([hashOf('unknown')], 3)[0]!.height, 1);
  assert.deepEqual(chain.ledger.headersAfter([chain.ledger.tip.id], 3), []);
});

test('a block executes alike from any copy of its parent state', async () => {
  const chain = await funded();
  const copy = await TestChain.open(chain.params, chain.store.copy());
  const block = await chain.build([pay(chain)]);
  const { connected } = await chain.add(block);
  const { events } = executeBlock(chain.params, block.header, block.body, copy.ledger.state, {
    check: checkNone,
    blockIdAt: (height) => copy.ledger.idAt(height),
  });
  assert.deepEqual(events, connected[0]!.events);
});

test('a full block leaves out what does not fit, and what depends on a later candidate still comes in', async () => {
  const chain = await funded();
  const seq = chain.seqOf(alice.address);
  const draft = (n: bigint) => ({
    kind: 'transfer' as const,
    from: alice.address,
    outputs: [{ to: bob.address, amount: n }],
    memo,
  });
  const [first, second] = [0n, 1n].map((i) => chain.make(draft(1_000n + i), alice.signer, { seq: seq + i }).bytes) as [
    Uint8Array,
    Uint8Array,
  ];
  const block = await chain.build([second, first]);
  assert.deepEqual(block.body, [first, second]);
  const small = await TestChain.open(testParams({ bodyBytesMin: 1024 }));
  await small.produce([], { producer: alice.address });
  const start = small.seqOf(alice.address);
  const many = Array.from(
    { length: 8 },
    (_, i) => small.make(draft(1_000n), alice.signer, { seq: start + BigInt(i) }).bytes,
  );
  const full = await small.build(many);
  assert.ok(full.header.bodySize <= 1024 && full.body.length >= 4 && full.body.length < 8);
  assert.equal((await small.add(full)).status, 'extended');
  assert.equal(small.ledger.globals().baseFee, 2n, 'more than half full: dearer');
});
