import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bodyRoot, bodySize, headerId } from '../../src/lib/chain/encoding.js';
import { type Entry, entryOn } from '../../src/lib/chain/entry.js';
import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { isBetter } from '../../src/lib/chain/forkchoice.js';
import { readEntry } from '../../src/lib/chain/records.js';
import type { Block } from '../../src/lib/chain/types.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { alice, bob, carol, headerOn, miner, seal, TestChain } from './helpers.js';

const refusal = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;
const memo = new Uint8Array(0);

/** Two ledgers that share three blocks: alice, bob and carol have coins. */
async function twins(): Promise<[TestChain, TestChain]> {
  const [a, b] = [await TestChain.open(), await TestChain.open()];
  for (const person of [alice, bob, carol]) {
    const block = await a.build([], { producer: person.address });
    await a.add(block);
    await b.add(block);
  }
  return [a, b];
}

function pay(chain: TestChain, amount: bigint): Uint8Array {
  const outputs = [{ to: bob.address, amount }];
  return chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer).bytes;
}

async function grow(chain: TestChain, blocks: number, txs: () => Uint8Array[] = () => []): Promise<Block[]> {
  const made: Block[] = [];
  for (let i = 0; i < blocks; i++) {
    const block = await chain.build(txs(), { producer: i % 2 ? carol.address : miner.address });
    await chain.add(block);
    made.push(block);
  }
  return made;
}

/** What the main chain alone decides: side blocks and undo records apart. */
const mainDump = (chain: TestChain) => chain.store.dump('nstm');

test('the branch with more work wins, and everything is as if it had always been the only one', async () => {
  const [a, b] = await twins();
  const lost = await grow(a, 2, () => [pay(a, 5_000n)]);
  const won = await grow(b, 3, () => [pay(b, 9_000n)]);
  const results = [];
  for (const block of won) results.push(await a.ledger.addBlock(block, 1_000));
  assert.deepEqual(results[0]!.status, 'side');
  // At equal height the lower id decides, so the second or the third block turns the chain.
  assert.equal(results.filter(({ status }) => status === 'reorganised').length, 1);
  const ids = (blocks: { header: Block['header'] }[]) => blocks.map(({ header }) => toHex(headerId(header)));
  assert.deepEqual(ids(results.flatMap(({ disconnected }) => disconnected)), ids(lost).reverse());
  assert.deepEqual(ids(results.flatMap(({ connected }) => connected)), ids(won));
  assert.deepEqual(mainDump(a), mainDump(b));
  assert.deepEqual(a.ledger.tip, b.ledger.tip);
});

test('the events of a block taken back are those of its coming', async () => {
  const [a, b] = await twins();
  const came = await a.produce([pay(a, 5_000n)]);
  const won = await grow(b, 2);
  const results = [await a.ledger.addBlock(won[0]!, 1_000), await a.ledger.addBlock(won[1]!, 1_000)];
  assert.deepEqual(
    results.flatMap(({ disconnected }) => disconnected),
    came.connected,
  );
});

test('no reorganisation goes deeper than k', async () => {
  const [a, b] = await twins();
  const own = await grow(a, a.params.k + 1);
  const longer = await grow(b, a.params.k + 3, () => [pay(b, 1_000n)]);
  await assert.rejects(a.ledger.addBlock(longer[0]!, 1_000), refusal('too-deep'));
  const tip = a.ledger.tip.id;
  // A branch that was heard of in time, but grew too late.
  const [c, d] = await twins();
  const early = await grow(d, c.params.k + 3, () => [pay(d, 1_000n)]);
  await c.ledger.addBlock(early[0]!, 1_000);
  for (const block of own) await c.ledger.addBlock(block, 1_000);
  for (const block of early.slice(1)) assert.equal((await c.ledger.addBlock(block, 1_000)).status, 'orphan');
  assert.deepEqual(c.ledger.tip.id, tip);
  // The same, but for what of it lies above where it was pruned.
  const [g] = await twins();
  for (const block of [early[0]!, early[1]!, ...own]) await g.ledger.addBlock(block, 1_000);
  assert.deepEqual(
    [early[0]!, early[1]!].map(({ header }) => g.ledger.has(headerId(header))),
    [false, true],
  );
  const grown = async () => {
    for (const block of early.slice(2)) assert.equal((await g.ledger.addBlock(block, 1_000)).status, 'side');
  };
  await assert.rejects(grown, refusal('too-deep'));
  assert.deepEqual(g.ledger.tip.id, tip);
  // Exactly k deep still goes.
  const [e, f] = await twins();
  await grow(e, e.params.k);
  const deep = await grow(f, e.params.k + 1, () => [pay(f, 1_000n)]);
  const depths: number[] = [];
  for (const block of deep) depths.push((await e.ledger.addBlock(block, 1_000)).disconnected.length);
  assert.equal(Math.max(...depths), e.params.k);
  assert.deepEqual(e.ledger.tip, f.ledger.tip);
});

test('a winning branch with a bad block is dropped as a whole, and the old one stays', async () => {
  const [a, b] = await twins();
  await grow(a, 1, () => [pay(a, 5_000n)]);
  const good = await b.build([]);
  await b.add(good);
  const next = await b.build([]);
  const body = [pay(b, 1n << 50n)];
  const bad = await seal({ header: { ...next.header, bodyRoot: bodyRoot(body), bodySize: bodySize(body) }, body });
  const onTop = await seal({
    header: headerOn(a.params, b.entryOf(bad), { ...next.header, slot: bad.header.slot + 2 }),
    body: [],
  });
  await a.ledger.addBlock(good, 1_000);
  const before = mainDump(a);
  await assert.rejects(a.ledger.addBlock(bad, 1_000), refusal('insufficient'));
  assert.deepEqual(mainDump(a), before);
  await assert.rejects(a.ledger.addBlock(onTop, 1_000), refusal('invalid-parent'));
  assert.equal(a.ledger.has(headerId(good.header)), true);
  assert.equal(a.ledger.has(headerId(bad.header)), false);
});

test('a bad block that lay on a side branch goes with what stands on it, once the branch would win', async () => {
  const [a, b] = await twins();
  await grow(a, 2);
  const template = await b.build([]);
  const bad = await seal({ header: { ...template.header, stateRoot: new Uint8Array(32) }, body: [] });
  const above = async (below: Entry) => {
    const header = { ...template.header, slot: below.header.slot + 2 };
    return seal({ header: headerOn(a.params, below, header), body: [] });
  };
  const first = b.entryOf(bad);
  const second = await above(first);
  const third = await above(entryOn(a.params, first, second.header, headerId(second.header)));
  assert.equal((await a.ledger.addBlock(bad, 1_000)).status, 'side');
  const tip = a.ledger.tip;
  await a.ledger.addBlock(second, 1_000).catch(() => undefined);
  await assert.rejects(a.ledger.addBlock(third, 1_000), (error) => error instanceof LedgerError);
  assert.deepEqual(a.ledger.tip, tip);
  for (const block of [bad, second, third]) assert.equal(a.ledger.has(headerId(block.header)), false);
  await assert.rejects(a.ledger.addBlock(bad, 1_000), refusal('known-invalid'));
});

test('between branches of equal work the lower id wins, whoever came first', async () => {
  const [a, b] = await twins();
  const [mine] = await grow(a, 1);
  const [theirs] = (await grow(b, 1, () => [pay(b, 5_000n)])) as [Block];
  await a.ledger.addBlock(theirs!, 1_000);
  await b.ledger.addBlock(mine!, 1_000);
  assert.deepEqual(a.ledger.tip, b.ledger.tip);
  assert.deepEqual(mainDump(a), mainDump(b));
  const known = readEntry(a.store, a.ledger.tip.id)!;
  const entry = (work: bigint, byte: number) => ({ ...known, id: Uint8Array.of(byte), work });
  assert.equal(isBetter(entry(2n, 9), entry(1n, 1)), true);
  assert.equal(isBetter(entry(1n, 1), entry(1n, 2)), true);
  assert.equal(isBetter(entry(1n, 2), entry(1n, 2)), false);
});

test('blocks in any order end in the same state', async () => {
  const [a, b] = await twins();
  const forks = [...(await grow(a, 3, () => [pay(a, 5_000n)])), ...(await grow(b, 2, () => [pay(b, 6_000n)]))];
  const [c] = await twins();
  await c.ledger.addBlock(forks[0]!, 1_000);
  const late = await grow(c, 2, () => [pay(c, 7_000n)]);
  const blocks = [...forks, ...late];
  const ends = new Set<string>();
  const dumps: Map<string, string>[] = [];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(blocks, { minLength: blocks.length }), async (order) => {
      const [chain] = await twins();
      // As gossip does: what is an orphan now is offered again.
      for (let left = order; left.length > 0; ) {
        const again: Block[] = [];
        for (const block of left)
          if ((await chain.ledger.addBlock(block, 1_000)).status === 'orphan') again.push(block);
        left = again;
      }
      ends.add(toHex(chain.ledger.tip.id));
      dumps.push(mainDump(chain));
    }),
    { numRuns: 15 },
  );
  assert.equal(ends.size, 1);
  for (const dump of dumps) assert.deepEqual(dump, dumps[0]);
});
