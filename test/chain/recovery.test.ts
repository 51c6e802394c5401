import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { workOf } from '../../src/lib/chain/asert.js';
import { headerId } from '../../src/lib/chain/encoding.js';
import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { readBond } from '../../src/lib/chain/stake/bond.js';
import { epochOf } from '../../src/lib/chain/stake/epoch.js';
import type { Block, StakedHeader } from '../../src/lib/chain/types.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { alice, bob, minedHeader, seal, TestChain } from './helpers.js';
import { ada, ben, bondedChain, buildLed, cid, EPOCH, leaderOf, leadTo, STAKERS, Staker, signAs } from './stakers.js';

const refusal = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;
const NOW = 100_000;

/** What the main chain alone decides, the leaves kept for leaders among it. */
const mainDump = (chain: TestChain) => chain.store.dump('nstme');
const copyOf = (chain: TestChain) => TestChain.open(chain.params, chain.store.copy());

async function led(chain: TestChain, count: number, stakers: readonly Staker[] = STAKERS): Promise<Block[]> {
  const blocks: Block[] = [];
  for (let i = 0; i < count; i++) {
    const block = buildLed(chain, Math.max(chain.ledger.tip.slot + 1, 2 * EPOCH), stakers);
    await chain.add(block);
    blocks.push(block);
  }
  return blocks;
}

async function mined(chain: TestChain, count: number, slots = 1): Promise<Block[]> {
  const blocks: Block[] = [];
  for (let i = 0; i < count; i++) {
    const block = await chain.build([], { slots });
    await chain.add(block);
    blocks.push(block);
  }
  return blocks;
}

async function offer(chain: TestChain, blocks: readonly Block[]): Promise<string[]> {
  const results: string[] = [];
  for (const block of blocks) results.push((await chain.ledger.addBlock(block, NOW)).status);
  return results;
}

test('a longer branch wins across the switch, from mining to stake and back', async () => {
  const a = await bondedChain();
  const b = await copyOf(a);
  // One branch closes the mined epoch with one block more, the other goes straight into the staked one.
  await mined(a, 1);
  await led(a, 1);
  const straight = await led(b, 4);
  assert.ok((await offer(a, straight)).includes('reorganised'));
  assert.deepEqual(a.ledger.tip, b.ledger.tip);
  assert.deepEqual(mainDump(a), mainDump(b));
  await a.add(buildLed(a));

  // And a branch that is still mining, with more of it.
  const c = await bondedChain();
  const d = await copyOf(c);
  await led(c, 1);
  const more = await mined(d, 3);
  assert.equal(epochOf(d.params, d.ledger.tip.slot), 1);
  assert.ok((await offer(c, more)).includes('reorganised'));
  assert.deepEqual(c.ledger.tip, d.ledger.tip);
  assert.equal(c.ledger.mayMine(c.ledger.tip.slot + 1), true, 'it mines again, in the epoch that is mined');
  const [next] = await led(c, 1);
  assert.deepEqual(await offer(d, [next!]), ['extended']);
  assert.deepEqual(mainDump(c), mainDump(d));
});

test('a block mined while stake leads adds as much as one that stake led, whatever it cost', async () => {
  // Sixteen hashes at first; late blocks make it easier, so that the last mined one cost less.
  const chain = await bondedChain(1, { firstTarget: `0${'f'.repeat(63)}`, asertHalfLifeSlots: 40 });
  const [first] = [minedHeader(chain.ledger.headerAt(1)!), await led(chain, 1)];
  const { tip } = chain.ledger;
  const unit = tip.work - chain.entryOf({ header: chain.ledger.header(tip.header.parent)! }).work;
  assert.ok(unit < workOf(first.proof.target));
  const recovering = await chain.build([], { slots: 24 });
  assert.ok(workOf(minedHeader(recovering.header).proof.target) > unit);
  await chain.add(recovering);
  assert.equal(chain.ledger.tip.work, tip.work + unit);
  await chain.add(buildLed(chain));
  assert.equal(chain.ledger.tip.work, tip.work + 2n * unit);
});

test('in any order the same blocks around the switch end in the same state', async () => {
  const start = await bondedChain();
  const [a, b, c] = [await copyOf(start), await copyOf(start), await copyOf(start)];
  const straight = await led(a, 2, [ada, ben]);
  const late = [...(await mined(b, 1)), ...(await led(b, 2))];
  await offer(c, straight.slice(0, 1));
  const blocks = [...straight, ...late, ...(await led(c, 2, [cid]))];
  const ends: [string, Map<string, string>][] = [];
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(blocks, { minLength: blocks.length }), async (order) => {
      const chain = await copyOf(start);
      for (let left = order; left.length > 0; ) {
        const again: Block[] = [];
        for (const block of left) if ((await offer(chain, [block]))[0] === 'orphan') again.push(block);
        left = again;
      }
      ends.push([toHex(chain.ledger.tip.id), mainDump(chain)]);
    }),
    { numRuns: 8 },
  );
  for (const end of ends) assert.deepEqual(end, ends[0]);
});

test('a block may be mined once nobody led for 3k/f slots, at the first target; then stake leads on', async () => {
  const chain = await bondedChain();
  const [last] = await led(chain, 1);
  const { slot } = last!.header;
  const { recoverySlots } = chain.params.derived;
  assert.equal(recoverySlots, 24);
  assert.equal(chain.ledger.mayMine(slot + recoverySlots - 1), false);
  assert.throws(() => chain.ledger.buildBlock([], alice.address, slot + recoverySlots - 1), refusal('proof-kind'));
  const { work } = chain.ledger.tip;
  const [block] = await mined(await copyOf(chain), 1, recoverySlots);
  const header = minedHeader(block!.header);
  assert.equal(header.proof.target, BigInt(`0x${chain.params.firstTarget}`));
  const early = await seal({ header: { ...header, slot: header.slot - 1 }, body: [] });
  await assert.rejects(chain.ledger.addBlock(early, NOW), refusal('proof-kind'));
  const harder = await seal({ header: { ...header, proof: { ...header.proof, target: 1n << 255n } }, body: [] });
  await assert.rejects(chain.ledger.addBlock(harder, NOW), refusal('target'));
  await chain.add(block!);
  assert.ok(chain.ledger.tip.work > work);
  await led(chain, 2);
});

test('where an epoch went by without a block only a mined one goes on, and its snapshot leads at once', async () => {
  const chain = await bondedChain();
  const [first] = await led(chain, 1);
  assert.ok(first);
  const slot = 4 * EPOCH + 5;
  assert.equal(chain.ledger.draw(slot), undefined);
  // Any proof: what it is drawn from is not asked before.
  const { proof } = first.header as StakedHeader;
  const forged = signAs(chain, ada, chain.ledger.buildLed([], proof, slot));
  await assert.rejects(chain.ledger.addBlock(forged, NOW), refusal('epoch-skipped'));
  await chain.produce([], { slots: slot - chain.ledger.tip.slot });
  const { snapshot, next, nonce, evolving } = chain.ledger.tip.header.lottery;
  assert.deepEqual(snapshot, next);
  assert.deepEqual(nonce, evolving);
  await leadTo(chain, 6 * EPOCH);
});

test("what an epoch's first block says of the next snapshot, and of the switch, the state must say too", async () => {
  const chain = await bondedChain();
  const good = buildLed(chain, 2 * EPOCH);
  const [leader] = leaderOf(chain, good.header.slot)!;
  const lottery = { ...good.header.lottery, next: new Uint8Array(32) };
  const lie = signAs(chain, leader, { ...good, header: { ...good.header, lottery } });
  await assert.rejects(chain.ledger.addBlock(lie, NOW), refusal('lottery'));
  assert.equal(chain.ledger.has(headerId(lie.header)), false, 'found out where it is executed, and erased');
  await assert.rejects(chain.ledger.addBlock(lie, NOW), refusal('known-invalid'));

  const young = await bondedChain(0, { powBlocks: 200 });
  const template = young.ledger.buildBlock([], alice.address, EPOCH + 1);
  assert.equal(template.header.lottery.since, 0);
  const hasty = await seal({
    ...template,
    header: { ...template.header, lottery: { ...template.header.lottery, since: 2 } },
  });
  await assert.rejects(young.ledger.addBlock(hasty, NOW), refusal('lottery'));
  const later = { ...template.header.lottery, since: 3 };
  await assert.rejects(
    young.ledger.addBlock(await seal({ ...template, header: { ...template.header, lottery: later } }), NOW),
    refusal('lottery'),
  );
});

test('all leaders gone for good: the chain is mined on, the absent leave, and new bonds lead', async () => {
  const chain = await bondedChain();
  await led(chain, 3);
  const dan = new Staker('dan');
  const gap = { slots: chain.params.derived.recoverySlots };
  const state = () => STAKERS.map(({ address }) => readBond(chain.ledger.state, address)?.state.kind);
  const outputs = [{ to: dan.address, amount: 200_000_000n }];
  const draft = { kind: 'transfer', from: ada.address, outputs, memo: new Uint8Array(0) } as const;
  await chain.produce([chain.make(draft, ada.signer).bytes], gap);
  while (chain.ledger.globals().next.count > 0) await chain.produce([], gap);
  assert.deepEqual(state(), ['absent', 'absent', 'absent']);
  assert.equal(chain.ledger.tip.header.proof.kind, 'pow');
  await chain.produce([dan.bond(chain, 100_000_000n)], gap);
  const bonded = epochOf(chain.params, chain.ledger.tip.slot);
  while (epochOf(chain.params, chain.ledger.tip.slot) < bonded + 1) await chain.produce([], gap);
  const blocks = await leadTo(chain, (bonded + 3) * EPOCH, [dan]);
  assert.ok(blocks.length > EPOCH / 4, 'dan alone leads half of the slots');
});

test("a leader's two blocks of one slot are told once, and a third is not passed on", async () => {
  const told: [StakedHeader, StakedHeader][] = [];
  const base = await bondedChain();
  const chain = await TestChain.open(base.params, base.store, base.store, { onTwin: (...twins) => told.push(twins) });
  const first = buildLed(chain);
  const [leader, proof] = leaderOf(chain, first.header.slot)!;
  const memo = new Uint8Array(0);
  const others = [alice, bob].map(({ address: to }) => {
    const outputs = [{ to, amount: 5_000n }];
    const tx = chain.make({ kind: 'transfer', from: ada.address, outputs, memo }, ada.signer).bytes;
    return signAs(chain, leader, chain.ledger.buildLed([tx], proof, first.header.slot));
  });
  const [second, third] = others as [typeof first, typeof first];
  assert.equal(chain.ledger.placeOf(first.header), 1, 'not seen: the first');
  await chain.ledger.checkHeaders([first.header], NOW);
  await chain.ledger.checkHeaders([first.header], NOW);
  assert.equal(chain.ledger.placeOf(first.header), 1);
  await chain.ledger.checkHeaders([second.header], NOW);
  await chain.ledger.addBlock(third, NOW);
  assert.deepEqual(
    [first, second, third].map(({ header }) => chain.ledger.placeOf(header)),
    [1, 2, 3],
  );
  assert.deepEqual(told, [[first.header, second.header]]);
  assert.equal(chain.ledger.has(headerId(third.header)), true, 'it may still be the one that others build on');
});
