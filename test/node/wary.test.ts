import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JoinTarget } from '../../src/lib/chain/join/join.js';
import { slotStartMs } from '../../src/lib/chain/params.js';
import { silentLog } from '../../src/lib/net/log.js';
import type { Context } from '../../src/lib/node/context.js';
import { Joining } from '../../src/lib/node/joining.js';
import type { Failure } from '../../src/lib/util/errors.js';
import { hashOf, type TestChain } from '../chain/helpers.js';
import { bondedChain, EPOCH, leadTo } from '../chain/stakers.js';

/** A node on a chain that stake leads, `age` slots after its tip, among peers of whom one was named to it. */
function on(chain: TestChain, age: number) {
  const { params, ledger } = chain;
  const peers = new Map<string, JoinTarget[]>([
    ['friend', []],
    ['stranger 1', []],
    ['stranger 2', []],
  ]);
  const world = { slot: ledger.tip.slot + age, followed: 0, peers };
  const network = {
    peers: () => [...peers.keys()],
    bootstrap: () => [{ address: '/ip4/192.0.2.7/tcp/4001', peer: 'friend', connected: true }],
    requestCheckpoints: async (peer: string) => peers.get(peer)!,
    requestVouch: async (_: string, named: unknown[]) => named.map(() => false),
  };
  const clock = { now: () => slotStartMs(params, world.slot) };
  const context = { params, ledger, clock, network, log: silentLog } as unknown as Context;
  let stale: (failure: Failure) => void = () => undefined;
  let start = () => {};
  const ended = new Promise<Failure>((resolve) => {
    stale = resolve;
  });
  const following = new Promise<void>((resolve) => {
    start = resolve;
  });
  const joining = new Joining({
    ...{ context, chosen: undefined, roundMs: 2 },
    areas: { joining: false } as never,
    follow: { start, stop: async () => undefined },
    onJoined: () => assert.fail('it joins nothing'),
    onStale: stale,
  });
  return { world, joining, ended, following };
}

const ahead = ({ ledger: { tip } }: TestChain, blocks = 5) => ({
  ...{ height: tip.height + blocks, id: hashOf('some tip'), work: tip.work + BigInt(blocks) },
});

async function led(): Promise<TestChain> {
  const chain = await bondedChain();
  await leadTo(chain, 2 * EPOCH + 10);
  return chain;
}

test('a ledger of the bonding time follows whoever comes along', async (t) => {
  const chain = await led();
  const { world, joining, following } = on(chain, chain.params.derived.bondSlots);
  t.after(() => joining.stop());
  joining.start();
  await following;
  for (const peer of ['friend', 'stranger 1']) {
    assert.deepEqual([joining.wary(peer), joining.tooFar(peer, ahead(chain))], [false, false]);
  }
  // It was there all the time, and the network stood still.
  world.slot += 2 * chain.params.derived.bondSlots;
  assert.equal(joining.wary('stranger 1'), false);
});

test('nor is one that was mined ever too old: work tells', async (t) => {
  const chain = await bondedChain(0);
  const { joining, following } = on(chain, 10 * chain.params.derived.bondSlots);
  t.after(() => joining.stop());
  joining.start();
  await following;
  assert.equal(joining.wary('stranger 1'), false);
});

test('threat 21: an older one takes nothing but from peers that were named to it, until it is young again', async (t) => {
  const chain = await led();
  const { world, joining, following } = on(chain, chain.params.derived.bondSlots + 1);
  t.after(() => joining.stop());
  joining.start();
  await following;
  // Keys of bonds that were paid back since make any past that begins at its tip.
  assert.deepEqual([joining.wary('stranger 1'), joining.tooFar('stranger 1', ahead(chain))], [true, true]);
  assert.equal(joining.tooFar('stranger 1', { ...ahead(chain, 0), work: 0n }), true, 'nor a branch of less work');
  assert.deepEqual([joining.wary('friend'), joining.tooFar('friend', ahead(chain))], [false, false]);
  // What the friend gave it, up to now.
  await leadTo(chain, chain.ledger.tip.slot + 20);
  world.slot = chain.ledger.tip.slot + 3;
  assert.deepEqual([joining.wary('stranger 1'), joining.tooFar('stranger 1', ahead(chain))], [false, false]);
});

const target = (chain: TestChain): JoinTarget => ({
  ...{ height: chain.ledger.tip.height + 90, id: hashOf('a checkpoint'), start: new Uint8Array(9) },
});

test('where two agree on a checkpoint it ends with what to run', async (t) => {
  const chain = await led();
  const { world, joining, ended } = on(chain, chain.params.derived.bondSlots + 1);
  t.after(() => joining.stop());
  for (const peer of ['stranger 1', 'stranger 2']) world.peers.set(peer, [target(chain)]);
  joining.start();
  const { code, message, hint } = await ended;
  assert.equal(code, 'temporary');
  assert.match(message, /bonds of then may have been returned since$/);
  assert.match(hint ?? '', /^holdfast node start --checkpoint \d+:[0-9a-f]{64} joins anew where 2 peers agree/);
});

test('so it does where they agree later, and strangers are ahead of it', async (t) => {
  const chain = await led();
  const { world, joining, ended, following } = on(chain, chain.params.derived.bondSlots + 1);
  t.after(() => joining.stop());
  joining.start();
  await following;
  joining.tooFar('stranger 1', ahead(chain));
  for (const peer of ['stranger 1', 'stranger 2']) world.peers.set(peer, [target(chain)]);
  assert.match((await ended).message, /bonds of then/);
});
