import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger } from '../../src/lib/chain/ledger.js';
import type { Block } from '../../src/lib/chain/types.js';
import { alice, bob, cheapScrypt, type MemoryStore, TestChain, testParams } from './helpers.js';

const params = testParams({ cycleBlocks: 100 });
const memo = new Uint8Array(0);

function size(store: MemoryStore): { records: number; bytes: number } {
  let bytes = 0;
  for (const [key, value] of store.map) bytes += key.length / 2 + value.length;
  return { records: store.map.size, bytes };
}

/** Payments in each block from one to the other: accounts, and with them the live state, stay what they are. */
async function busy(chain: TestChain, blocks: number, txs: number): Promise<void> {
  for (let i = 0; i < blocks; i++) {
    const [from, to] = i % 2 === 0 ? ([alice, bob] as const) : ([bob, alice] as const);
    const seq = chain.seqOf(from.address);
    const outputs = [{ to: to.address, amount: 5_000n }];
    const draft = { kind: 'transfer', from: from.address, outputs, memo } as const;
    const made = Array.from({ length: txs }, (_, n) => chain.make(draft, from.signer, { seq: seq + BigInt(n) }).bytes);
    await chain.produce(made, { producer: from.address });
  }
}

async function start(): Promise<TestChain> {
  const chain = await TestChain.open(params);
  for (const person of [alice, bob]) await chain.produce([], { producer: person.address });
  return chain;
}

test('after ten times the transactions the disk holds as much, where the state does', async () => {
  const chain = await start();
  await busy(chain, 205, 1);
  const once = size(chain.store);
  await busy(chain, 60, 31);
  await busy(chain, 205, 1);
  const then = size(chain.store);
  for (const of of ['records', 'bytes'] as const) {
    assert.ok(Math.abs(then[of] - once[of]) <= once[of] / 10, `${of}: ${once[of]}, then ${then[of]}`);
  }
});

test('bodies are held for a cycle, headers for two, genesis for ever; what asks for older ones hears so', async () => {
  const chain = await start();
  await busy(chain, 230, 1);
  const { ledger } = chain;
  const { height } = ledger.tip;
  const has = (at: number) =>
    [ledger.headerAt(at), ledger.idAt(at) && ledger.body(ledger.idAt(at)!)].map((x) => x !== undefined);
  assert.deepEqual(has(height - params.cycleBlocks + 1), [true, true]);
  assert.deepEqual(has(height - params.cycleBlocks), [true, false]);
  assert.deepEqual(has(height - 2 * params.cycleBlocks + 1), [true, false]);
  assert.deepEqual(has(height - 2 * params.cycleBlocks), [false, false]);
  assert.deepEqual(has(0), [true, false]);
  const locator = ledger.locator();
  assert.deepEqual([locator[0], locator.at(-1)], [ledger.tip.id, ledger.idAt(0)]);
  // Nobody is given headers that leave some out.
  assert.deepEqual(ledger.headersAfter([ledger.idAt(0)!], 10), []);
  const first = ledger.idAt(height - 2 * params.cycleBlocks + 1)!;
  assert.equal(ledger.headersAfter([first], 2_000).length, 2 * params.cycleBlocks - 1);
  assert.equal(ledger.headersDown(ledger.tip.id, 1_000).length, 2 * params.cycleBlocks);
  const again = await Ledger.open(params, chain.store, { scrypt: cheapScrypt });
  assert.deepEqual(again.tip, ledger.tip);
});

test('side branches do not pile up', async () => {
  const [chain, other] = [await start(), await start()];
  const rivals: Block[] = [];
  let most = 0;
  const before = size(chain.store).records;
  for (let i = 0; i < 40; i++) {
    // Five a height, on the tip the other one had.
    for (let n = 0; n < 5; n++) rivals.push(await other.build([], { slots: 4 + n }));
    const next = await chain.build([], { slots: 2 });
    chain.slot = next.header.slot + 20;
    await chain.add(next);
    for (const rival of rivals.splice(0)) {
      const { status } = await chain.add(rival);
      if (status !== 'side' && status !== 'reorganised') assert.fail(status);
    }
    while (other.ledger.tip.height < chain.ledger.tip.height) {
      const { ledger } = chain;
      const id = ledger.idAt(other.ledger.tip.height + 1)!;
      other.slot = 1_000_000;
      await other.add({ header: ledger.header(id)!, body: ledger.body(id)! });
    }
    if (i === 10) most = size(chain.store).records - before;
  }
  const end = size(chain.store).records - before;
  // A block more is its header, body and height; nothing of its rivals.
  assert.ok(end - most < 3 * 29 + 20, `${most} records more, then ${end}`);
});

test('many branches at one height go a bounded number a block, and all of them', async () => {
  const [chain, other] = [await start(), await start()];
  const records = () => size(chain.store).records;
  for (let i = 0; i < 2; i++) await chain.produce([], { slots: 2 });
  const before = records();
  for (let n = 0; n < 150; n++) {
    chain.slot = 1_000;
    assert.equal((await chain.add(await other.build([], { slots: 4 + n }))).status, 'side');
  }
  // A header and a body each.
  assert.equal(records(), before + 300);
  const left: number[] = [];
  for (let i = 0; i < params.k + 4; i++) {
    await chain.produce([], { slots: 2 });
    const rivals =
      [...chain.store.map.keys()].filter((key) => key.startsWith('68')).length - chain.ledger.tip.height - 1;
    if (left.at(-1) !== rivals) left.push(rivals);
  }
  assert.deepEqual(left, [150, 86, 22, 0]);
});
