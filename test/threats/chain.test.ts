import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerId } from '../../src/lib/chain/encoding.js';
import { Ledger, type LedgerTools } from '../../src/lib/chain/ledger.js';
import type { Params } from '../../src/lib/chain/params.js';
import { Recount } from '../../src/lib/chain/recount.js';
import { thresholdOf } from '../../src/lib/chain/stake/leader.js';
import { isLeader } from '../../src/lib/chain/stake/threshold.js';
import type { Change } from '../../src/lib/chain/state.js';
import type { Block } from '../../src/lib/chain/types.js';
import { fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { alice, bob, cheapScrypt, hashOf, MemoryStore, miner, seal, TestChain, testParams } from '../chain/helpers.js';
import { ada, bondedChain, buildLed, EPOCH, leadTo, STAKERS, signAs } from '../chain/stakers.js';
import { outcome } from './attempt.js';

/* Each attack runs against a rule without the defence, where it must win, and against the rule, where it must not. */

const NOW = 100_000;
const headers = (store: MemoryStore) => [...store.map.keys()].filter((key) => key.startsWith(toHex(utf8('h')))).length;

test('threat 18: a block from the future', async () => {
  const attacked = async (nowSlot: (clock: number) => number) => {
    const chain = await TestChain.open();
    await chain.produce();
    const clock = chain.ledger.tip.slot + 2;
    const ahead = await seal(chain.ledger.buildBlock([], miner.address, clock + 1_000));
    const taken = await outcome(() => chain.ledger.addBlock(ahead, nowSlot(clock)));
    // An honest miner's next block, of now.
    return [taken, await outcome(async () => chain.ledger.buildBlock([], alice.address, clock))];
  };
  // Without a bound the whole network waits until its clocks have caught up.
  assert.deepEqual(await attacked(() => Number.MAX_SAFE_INTEGER), ['valid', 'slot']);
  assert.deepEqual(await attacked((clock) => clock), ['future', 'valid']);
});

test('threat 20: blocks without work fill the disk', async () => {
  const flooded = async (tools: Partial<LedgerTools>) => {
    const params = testParams({ firstTarget: `000000${'f'.repeat(58)}` });
    const store = new MemoryStore();
    const ledger = await Ledger.open(params, store, tools);
    const before = headers(store);
    for (let i = 0; i < 20; i++) {
      const { header, body } = ledger.buildBlock([], hashOf(`anyone ${i}`), ledger.tip.slot + 1);
      await outcome(() => ledger.addBlock({ header, body }, NOW));
    }
    return headers(store) - before;
  };
  assert.equal(await flooded({ scrypt: async () => new Uint8Array(32) }), 20);
  assert.equal(await flooded({ scrypt: cheapScrypt }), 0);
});

test('threat 20: blocks of a leader that leads nothing fill the disk', async () => {
  const begun = await bondedChain();
  await leadTo(begun, 2 * EPOCH + 10);
  const flooded = async (tools: Partial<LedgerTools>) => {
    const store = begun.store.copy();
    const ledger = await Ledger.open(begun.params, store, { scrypt: cheapScrypt, ...tools });
    const before = headers(store);
    const { slot: last } = ledger.tip;
    const refused = new Set<string>();
    for (let slot = last + 1; slot <= last + 20; slot++) {
      // Its own leaf and key, and a proof of another slot.
      const draw = ledger.draw(slot);
      const stake = draw?.prove(ada.address);
      if (!draw || !stake) continue;
      const pi = ada.vrf.prove(draw.nonce, slot + 1_000);
      const block = ledger.buildLed([], { kind: 'stake', stake, pi, signature: new Uint8Array(64) }, slot);
      refused.add(await outcome(() => ledger.addBlock(signAs(begun, ada, block), NOW)));
    }
    return [headers(store) - before, [...refused]];
  };
  const leaf = buildLed(begun, undefined, [ada]).header.proof.stake;
  const beta = Array.from({ length: 1000 }, (_, i) => new Uint8Array([...hashOf(`${i} a`), ...hashOf(`${i} b`)]));
  const winning = beta.find((each) => isLeader(each, thresholdOf(begun.params, leaf)))!;
  assert.deepEqual(await flooded({ verifyVrf: () => winning }), [20, ['valid']]);
  assert.deepEqual(await flooded({}), [0, ['vrf']]);
});

/** What comes of blocks from long ago that together are more work than the chain since. */
async function overtaken(honest: TestChain, forged: readonly Block[]): Promise<string> {
  const told = new Set<string>();
  for (const block of forged) told.add(await outcome(() => honest.ledger.addBlock(block, NOW)));
  if (toHex(honest.ledger.tip.id) === toHex(headerId(forged.at(-1)!.header))) return 'rewritten';
  return [...told].join();
}

test('threat 21: a branch from long ago overtakes the chain', async () => {
  const attacked = async (k: number) => {
    const [honest, attacker] = [0, 1].map(() => TestChain.open(testParams({ k, cycleBlocks: 400 })));
    const forged: Block[] = [];
    for (let i = 0; i < 20; i++) await (await honest!).produce();
    for (let i = 0; i < 22; i++) {
      forged.push(await (await attacker!).build([], { producer: hashOf('somebody else') }));
      await (await attacker!).add(forged.at(-1)!);
    }
    return overtaken(await honest!, forged);
  };
  assert.equal(await attacked(100), 'rewritten');
  assert.match(await attacked(4), /^too-deep/);
});

test('threat 21: nor does one by the keys of all who had bonds then', async () => {
  const begun = await bondedChain();
  await leadTo(begun, 2 * EPOCH + 4);
  const [honest, attacker] = [
    await TestChain.open(begun.params, begun.store.copy()),
    await TestChain.open(begun.params, begun.store.copy()),
  ];
  await leadTo(honest, 2 * EPOCH + 60, STAKERS.slice(0, 2));
  const forged: Block[] = [];
  while (forged.length <= honest.ledger.tip.height - begun.ledger.tip.height) {
    forged.push(buildLed(attacker));
    await attacker.add(forged.at(-1)!);
  }
  assert.ok(attacker.ledger.tip.work > honest.ledger.tip.work);
  // What stands on the refused ones is an orphan.
  assert.match(await overtaken(honest, forged), /too-deep/);
});

/** Writes only so much of a batch, entry by entry, and is then gone. */
class TornStore extends MemoryStore {
  constructor(
    readonly after: number,
    readonly atomic: boolean,
  ) {
    super();
  }

  torn = false;

  override async write(batch: Change[]): Promise<void> {
    if (!this.torn) return super.write(batch);
    const whole = this.after >= batch.length;
    await super.write(this.atomic ? (whole ? batch : []) : batch.slice(0, this.after));
    throw new Error('the power is gone');
  }
}

/** Whether the store is what some tip says, all of it. */
async function isSound(params: Params, store: MemoryStore): Promise<boolean> {
  const ledger = await Ledger.open(params, store, { scrypt: cheapScrypt }).catch(() => undefined);
  if (!ledger) return false;
  const recount = new Recount();
  const [state, tree] = ['s', 't'].map((letter) => toHex(utf8(letter)));
  for (const [name, value] of store.map) {
    const key = fromHex(name.slice(2))!;
    if (name.startsWith(state!)) recount.entry(key, value);
    if (name.startsWith(tree!)) recount.node(key, value);
  }
  const { committed, root, supply, total } = recount.result();
  const held = ledger.body(ledger.tip.id) !== undefined && ledger.header(ledger.tip.header.parent) !== undefined;
  return held && committed && supply === total && toHex(root) === toHex(ledger.tip.header.stateRoot);
}

test('threat 24: the power fails between any two writes', async () => {
  const memo = new Uint8Array(0);
  const crashed = async (after: number, atomic: boolean) => {
    const store = new TornStore(after, atomic);
    const chain = await TestChain.open(testParams(), store);
    for (const { address } of [alice, bob]) await chain.produce([], { producer: address });
    const outputs = [{ to: hashOf('somebody new'), amount: 5_000n }];
    const pay = chain.make({ kind: 'transfer', from: alice.address, outputs, memo }, alice.signer).bytes;
    const block = await chain.build([pay]);
    store.torn = true;
    await assert.rejects(chain.add(block), /power/);
    store.torn = false;
    return isSound(chain.params, store);
  };
  const points = Array.from({ length: 40 }, (_, i) => i);
  const torn = await Promise.all(points.map((after) => crashed(after, false)));
  assert.ok(torn.filter((sound) => !sound).length > 5, 'entry by entry, some points leave a wreck');
  const whole = await Promise.all(points.map((after) => crashed(after, true)));
  assert.ok(whole.every((sound) => sound));
});
