import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdings } from '../../src/lib/chain/block.js';
import { supplyOf } from '../../src/lib/chain/emission.js';
import type { LedgerEvent } from '../../src/lib/chain/events.js';
import { keyKind } from '../../src/lib/chain/keys.js';
import type { ParamsJson } from '../../src/lib/chain/params.js';
import { balanceAt, rentOwed } from '../../src/lib/chain/rent.js';
import { SCANNED_A_BLOCK } from '../../src/lib/chain/scan.js';
import { readAccount } from '../../src/lib/chain/state.js';
import type { Address, Block } from '../../src/lib/chain/types.js';
import { compare, fromHex } from '../../src/lib/util/bytes.js';
import { alice, bob, hashOf, TestChain, testParams } from './helpers.js';

const memo = new Uint8Array(0);
const RENT: Partial<ParamsJson> = { rentPerDay: '100', rules: { rent: 1 } };

async function open(change: Partial<ParamsJson> = RENT): Promise<TestChain> {
  const chain = await TestChain.open(testParams(change));
  await chain.produce([], { producer: alice.address });
  return chain;
}

const pay = (chain: TestChain, to: Address[], amount: bigint, options: { seq?: bigint } = {}) =>
  chain.make(
    { kind: 'transfer', from: alice.address, outputs: to.map((address) => ({ to: address, amount })), memo },
    alice.signer,
    options,
  ).bytes;

const rents = (events: readonly LedgerEvent[]) =>
  events.flatMap((event) => (event.kind === 'debit' && event.reason === 'rent' ? [event] : []));

const dust = (from: number, count: number) => Array.from({ length: count }, (_, i) => hashOf(`dust ${from + i}`));

function accounts(chain: TestChain): number {
  return [...chain.store.state().keys()].filter((key) => keyKind(fromHex(key)!) === 'a').length;
}

function assertSupply(chain: TestChain): void {
  let held = 0n;
  for (const [key, value] of chain.store.state()) held += holdings(fromHex(key)!, fromHex(value)!);
  assert.equal(held, supplyOf(chain.ledger.globals()));
}

test('whole days are owed, at most what there is, from the day rent began', () => {
  const p = testParams(RENT); // a day of ten slots
  const cases: [balance: bigint, paid: number, since: number, slot: number, grains: bigint, paidThen: number][] = [
    [1_000n, 5, 1, 14, 0n, 5],
    [1_000n, 5, 1, 15, 100n, 15],
    [1_000n, 5, 1, 29, 200n, 25],
    [1_000n, 5, 20, 29, 0n, 5],
    [1_000n, 5, 20, 30, 100n, 30],
    [1_000n, 5, 0, 500, 0n, 5],
    [150n, 5, 1, 25, 150n, 25],
    [1_000n, 50, 1, 20, 0n, 50],
  ];
  for (const [balance, paid, since, slot, grains, paidThen] of cases) {
    assert.deepEqual(rentOwed(p, since, { balance, seq: 0n, paid }, slot), { grains, paid: paidThen });
  }
  assert.equal(rentOwed(testParams(), 1, { balance: 9n, seq: 0n, paid: 0 }, 1_000).grains, 0n, 'rent of nothing');
});

test('it is charged when the balance moves, goes to the pool, and stands in the history', async () => {
  const chain = await open();
  const made = chain.ledger.tip.slot;
  await chain.produce([pay(chain, [bob.address], 5_000n)]);
  const bobs = readAccount(chain.ledger.state, bob.address)!;
  assert.equal(bobs.paid, made + 2);
  await chain.advanceTo(bobs.paid + 34);
  assert.equal(chain.balanceOf(bob.address), 5_000n, 'nothing was written');
  assert.equal(balanceAt(chain.params, chain.ledger.state, bob.address, chain.ledger.tip.slot), 4_700n);
  const pool = chain.ledger.globals().feePool;
  const { connected } = await chain.produce([pay(chain, [bob.address], 1_000n)]);
  assert.equal(chain.balanceOf(bob.address), 5_700n);
  assert.deepEqual(
    rents(connected[0]!.events).map(({ address, amount, txid }) => [address, amount, txid !== null]),
    [
      [alice.address, 300n, true],
      [bob.address, 300n, true],
    ],
  );
  assert.ok(chain.ledger.globals().feePool > pool + 600n - pool / 1000n - 10n);
  assert.equal(readAccount(chain.ledger.state, bob.address)!.paid, bobs.paid + 30);
  assertSupply(chain);
});

test('who owes all leaves when next touched, and comes back as someone new', async () => {
  const chain = await open();
  await chain.produce([pay(chain, [bob.address], 1_000n)]);
  const before = readAccount(chain.ledger.state, bob.address)!;
  // The scan has not come by: the next block touches it first, being the block that is due.
  await chain.produce([pay(chain, [bob.address], 1_000n)], { slots: 200 });
  const after = readAccount(chain.ledger.state, bob.address)!;
  assert.equal(after.balance, 1_000n);
  assert.ok(after.seq > before.seq && after.paid === chain.ledger.tip.slot);
  assertSupply(chain);
});

test("threat 15: an attacker's dust leaves with rent, and stays for ever without rent and minimum", async () => {
  const bloat = async (change: Partial<ParamsJson>, amount: bigint) => {
    const chain = await open(change);
    for (let i = 0; i < 4; i++) await chain.produce([pay(chain, dust(50 * i, 50), amount)]);
    const grown = accounts(chain);
    await chain.advanceTo(chain.ledger.tip.slot + 100);
    const blocks: LedgerEvent[][] = [];
    for (let i = 0; i < 4; i++) {
      const { connected } = await chain.produce([], { producer: alice.address });
      blocks.push(rents(connected[0]!.events).filter(({ txid }) => txid === null));
    }
    assertSupply(chain);
    return { grown, left: accounts(chain), blocks };
  };
  const without = await bloat({ rentPerDay: '0', minAccount: '1' }, 1n);
  assert.ok(without.grown >= 201);
  assert.ok(without.left >= without.grown);
  const off = await bloat({ rentPerDay: '100', minAccount: '1' }, 1n);
  assert.equal(off.left, off.grown, 'a rule that the genesis does not name is off');
  const withRent = await bloat(RENT, 1_000n);
  assert.equal(withRent.left, 2, 'alice and the miner');
  const gone = withRent.blocks.map((events) => events.length);
  assert.ok(
    gone.every((count) => count <= SCANNED_A_BLOCK),
    `a bounded number a block: ${gone}`,
  );
  await assert.rejects(
    bloat({ ...RENT, minAccount: '1001' }, 1_000n),
    /left 1 out/,
    'and less than the minimum never was',
  );
});

test('the scan comes by every account within as many blocks as 64 goes into the entries', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 240 }), fc.nat(1000), async (count, salt) => {
      const chain = await open();
      const all = dust(salt * 1000, count);
      const seq = chain.seqOf(alice.address);
      const txs: Uint8Array[] = [];
      for (let i = 0; i < count; i += 120)
        txs.push(pay(chain, all.slice(i, i + 120), 1_000n, { seq: seq + BigInt(txs.length) }));
      await chain.produce(txs);
      // From here on all owe everything.
      await chain.produce([], { slots: 150 });
      const entries = chain.store.state().size + count;
      const blocks = Math.ceil(entries / SCANNED_A_BLOCK);
      for (let i = 0; i < blocks; i++) await chain.produce([], { slots: 1 });
      assert.deepEqual(
        all.filter((address) => readAccount(chain.ledger.state, address)),
        [],
      );
      assertSupply(chain);
    }),
    { numRuns: 6 },
  );
});

/** Blocks of three branches: alice pays in each, at other slots, and dust is put out by the scan. */
async function branch(base: TestChain, steps: number[]): Promise<{ chain: TestChain; blocks: Block[] }> {
  const chain = await TestChain.open(base.params, base.store.copy());
  const blocks: Block[] = [];
  for (const [i, slots] of steps.entries()) {
    const block = await chain.build([pay(chain, [bob.address, hashOf(`new ${i}`)], 1_000n)], { slots });
    await chain.add(block);
    blocks.push(block);
  }
  return { chain, blocks };
}

test('whatever the order in which blocks come, the state is the same, and no grain is lost', async () => {
  const base = await open();
  await base.produce([pay(base, dust(0, 100), 1_000n)]);
  await base.advanceTo(base.ledger.tip.slot + 90);
  const steps = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(steps, steps, fc.infiniteStream(fc.nat(1)), async (one, two, picks) => {
      const branches = [await branch(base, one), await branch(base, two)];
      const ends: TestChain[] = [];
      for (const flip of [0, 1]) {
        const chain = await TestChain.open(base.params, base.store.copy());
        chain.slot = 10_000;
        const queues = branches.map(({ blocks }) => [...blocks]);
        while (queues.some((queue) => queue.length > 0)) {
          const next = queues[((picks.next().value as number) + flip) % 2]!.shift();
          if (next) await chain.add(next);
        }
        assertSupply(chain);
        ends.push(chain);
      }
      assert.deepEqual(ends[0]!.store.dump('stm'), ends[1]!.store.dump('stm'));
      const won = branches.find(({ chain }) => compare(chain.ledger.tip.id, ends[0]!.ledger.tip.id) === 0)!;
      assert.deepEqual(won.chain.store.dump('st'), ends[0]!.store.dump('st'));
    }),
    { numRuns: 10 },
  );
});
