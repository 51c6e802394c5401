import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isStaked } from '../../src/lib/chain/header.js';
import { readBond } from '../../src/lib/chain/stake/bond.js';
import { signBlock, VrfKey } from '../../src/lib/chain/stake/lead.js';
import { signWithSeed } from '../../src/lib/crypto/ed25519.js';
import { Books } from '../../src/lib/node/books.js';
import type { Log } from '../../src/lib/node/log.js';
import { Producer } from '../../src/lib/node/producer.js';
import { SlotGuard } from '../../src/lib/node/slot-guard.js';
import { spend } from '../../src/lib/node/spend.js';
import { reportTwins } from '../../src/lib/node/twins.js';
import { Database } from '../../src/lib/store/database.js';
import { invariant } from '../../src/lib/util/errors.js';
import { hashOf, PARAMS, seal } from '../chain/helpers.js';
import { EPOCH } from '../chain/stakers.js';
import { tempDir } from '../helpers/temp.js';
import { DEVNET } from '../plan/samples.js';
import { type TestNode, World } from './helpers.js';

/** A world in which the first node has bonded, and stake is about to lead; a second one looks on. */
async function staked(t: TestContext, foreign?: Uint8Array): Promise<[World, TestNode, TestNode]> {
  const world = new World(t, { ...PARAMS, powBlocks: 6 });
  const node = await world.join('leader', { rich: true, reserve: false });
  const other = await world.join('other', { rich: true, reserve: false });
  const { context } = node;
  const { vrf, signing } = context.wallet.keys().stakeKeys();
  const keys = { vrfKey: vrf.y, signingKey: foreign ?? signing.publicKey };
  const draft = { kind: 'bond' as const, from: node.main, amount: 1_000_000_000n, ...keys };
  await context.books.exclusive(() => spend(context, { draft }));
  await world.mine();
  await world.mineTo(EPOCH);
  await world.mineTo(2 * EPOCH - 4);
  assert.equal(context.ledger.globals().stakingSince, 2);
  return [world, node, other];
}

async function leaderOf({ context, relay }: TestNode): Promise<Producer> {
  return new Producer(context, relay, await SlotGuard.open(context.books, 0));
}

/** Slot by slot until one was led. */
async function lead(world: World, { context }: TestNode, producer: Producer): Promise<number> {
  const { height } = context.ledger.tip;
  for (let slot = Math.max(context.ledger.tip.slot + 1, world.slot); ; slot++) {
    invariant(slot < context.ledger.tip.slot + EPOCH, 'all stake leads every other slot');
    world.slot = slot;
    await producer.lead(slot);
    if (context.ledger.tip.height > height) return slot;
  }
}

test('a bond leads: the blocks are good to others, and no slot is led twice', async (t) => {
  const [world, node, other] = await staked(t);
  const producer = await leaderOf(node);
  world.slot = 2 * EPOCH;
  for (let i = 0; i < 12; i++) {
    const slot = await lead(world, node, producer);
    const { header, height } = node.context.ledger.tip;
    assert.ok(isStaked(header) && header.slot === slot);
    await producer.lead(slot);
    assert.equal(node.context.ledger.tip.height, height);
    await other.add({ header, body: node.context.ledger.body(node.context.ledger.tip.id)! });
  }
  assert.deepEqual(other.context.ledger.tip, node.context.ledger.tip);
  const idle = await leaderOf(other);
  await idle.lead(world.slot + 1);
  await idle.lead(world.slot + 2);
  assert.equal(other.context.ledger.tip.slot, world.slot, 'who bonds nothing leads nothing');
});

test('asked twice for one slot at once, it signs once', async (t) => {
  const [world, node] = await staked(t);
  const signed: number[] = [];
  const relay = {
    addOwn: async (block: Parameters<TestNode['relay']['addOwn']>[0]) => {
      signed.push(block.header.slot);
      return node.relay.addOwn(block);
    },
  } as TestNode['relay'];
  const producer = new Producer(node.context, relay, await SlotGuard.open(node.context.books, 0));
  for (let slot = 2 * EPOCH; signed.length === 0; slot++) {
    world.slot = slot;
    await Promise.all([producer.lead(slot), producer.lead(slot), producer.lead(slot)]);
  }
  assert.equal(signed.length, 1, 'two signatures would cost the bond');
});

test('a bond under keys that are not the wallet’s leads nothing, and that is said once', async (t) => {
  const [world, node] = await staked(t, hashOf('another’s'));
  const lines: string[] = [];
  const log = { ...node.context.log, warn: (text: string) => void lines.push(text) } as unknown as Log;
  const guard = await SlotGuard.open(node.context.books, 0);
  const producer = new Producer({ ...node.context, log }, node.relay, guard);
  const { height } = node.context.ledger.tip;
  for (let slot = 2 * EPOCH; slot < 2 * EPOCH + 20; slot++) {
    world.slot = slot;
    await producer.lead(slot);
  }
  assert.equal(node.context.ledger.tip.height, height);
  assert.deepEqual(lines, ["the bond's keys are not this wallet's: nothing is led here"]);
});

test('ended between the note and the signature, it never signs for that slot again', async (t) => {
  const [world, node] = await staked(t);
  const { context } = node;
  const producer = await leaderOf(node);
  world.slot = 2 * EPOCH;
  await lead(world, node, producer);
  const before = context.ledger.tip;
  const keys = context.wallet.keys();
  const signing = keys.stakeKeys.bind(keys);
  let dead = -1;
  for (let slot = before.slot + 1; dead < 0; slot++) {
    world.slot = slot;
    const noted = context.books.counter('signed-slot');
    // The keys are asked for once the slot is on disk: there the process ends.
    keys.stakeKeys = () => {
      if (context.books.counter('signed-slot') > noted) throw new Error('killed');
      return signing();
    };
    await producer.lead(slot).catch((error) => {
      assert.match(error.message, /killed/);
      dead = slot;
    });
  }
  keys.stakeKeys = signing;
  assert.equal(context.books.counter('signed-slot'), dead);
  const again = await leaderOf(node);
  await again.lead(dead);
  assert.deepEqual(context.ledger.tip, before, 'the slot is lost');
  await lead(world, node, again);
  assert.ok(context.ledger.tip.slot > dead);
  // And where the note cannot be written nothing is signed.
  node.failNextWrite = true;
  const { tip } = context.ledger;
  let failed = false;
  for (let slot = tip.slot + 1; !failed; slot++) {
    world.slot = slot;
    await again.lead(slot).catch(() => {
      failed = true;
    });
  }
  assert.deepEqual(context.ledger.tip, tip);
});

test('the guard: on disk before it says yes, and new data signs for nothing that is past', async (t) => {
  const folder = join(tempDir(t), 'db');
  const reopened = async <T>(work: (guard: SlotGuard) => Promise<T>, now = 1000): Promise<T> => {
    const db = await Database.open(folder);
    try {
      return await work(await SlotGuard.open(await Books.open(db, DEVNET), now));
    } finally {
      await db.close();
    }
  };
  assert.equal(await reopened((guard) => guard.take(1000)), false, 'the slot in which the data was made');
  assert.equal(await reopened((guard) => guard.take(1005)), true);
  assert.equal(await reopened((guard) => guard.take(1005), 9999), false);
  assert.equal(await reopened((guard) => guard.take(1004)), false);
  const both = await reopened((guard) => Promise.all([guard.take(1006), guard.take(1006)]));
  assert.deepEqual(both, [true, false]);
});

test('a leader that leads a slot twice loses its bond to who saw it', async (t) => {
  const [world, node, other] = await staked(t);
  const { ledger, params, wallet } = node.context;
  world.slot = 2 * EPOCH;
  await lead(world, node, await leaderOf(node));
  const first = ledger.tip.header;
  invariant(isStaked(first), 'led by stake');
  const { vrfSecret, signing } = wallet.keys().stakeKeys();
  const { context } = other;
  // The other's ledger stands one lower: there the same slot is led again, with another body.
  const outputs = [{ to: node.main, amount: 50_000n }];
  const draft = { kind: 'transfer' as const, from: other.main, outputs, memo: new Uint8Array(0) };
  await context.books.exclusive(() => spend(context, { draft }));
  const draw = context.ledger.draw(first.slot)!;
  const proof = new VrfKey(vrfSecret).lead(params, draw, first.slot, draw.prove(node.main)!)!;
  const unsigned = context.ledger.buildLed(context.mempool.candidates(100_000), proof, first.slot);
  const second = signBlock(unsigned, params, (message) => signWithSeed(signing.seed, message));
  await other.add(second);
  await reportTwins(context, first, second.header);
  const [before, burnt] = [context.ledger.tip.height, context.ledger.globals().burnt];
  // Nobody else is bonded, and the leader has no wish to slash itself: the chain goes on by a mined block.
  world.slot = first.slot + params.derived.recoverySlots;
  const waiting = context.mempool.candidates(100_000);
  await other.add(await seal(context.ledger.buildBlock(waiting, other.main, world.slot)));
  assert.equal(context.ledger.tip.height, before + 1);
  assert.equal(readBond(context.ledger.state, node.main), undefined);
  assert.equal(context.ledger.globals().burnt - burnt, 950_000_000n);
});
