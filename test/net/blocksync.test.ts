import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Synchroniser, type SyncPeers } from '../../src/lib/net/blocksync.js';
import { silentLog } from '../../src/lib/net/log.js';
import type { Network, NetworkHandlers } from '../../src/lib/net/network.js';
import { LIMITS } from '../../src/lib/net/wire.js';
import { equal, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { type FakeBlock, FakeChain, GENESIS_BLOCK, makeBlock } from './fake-chain.js';
import { connected, startNode, until } from './nodes.js';

type Context = Parameters<typeof startNode>[0];

interface ChainNode {
  chain: FakeChain;
  network: Network;
  sync: Synchroniser;
}

/** A node as the real one is put together: handlers over the chain, the synchroniser in the middle. */
async function chainNode(
  t: Context,
  name: string,
  chain: FakeChain,
  bootstrap: ChainNode[] = [],
  changes: Partial<NetworkHandlers> = {},
  peersMin = 1,
): Promise<ChainNode> {
  let sync: Synchroniser | undefined;
  const network = await startNode(
    t,
    name,
    {
      status: () => chain.status(),
      headersAfter: (locator, max) => chain.headersAfter(locator, max),
      body: (id) => chain.get(id)?.body,
      onHeader: async (from, bytes) => sync?.onHeader(from, bytes) ?? 'ignore',
      onPeer: (peer, up) => sync?.onPeer(peer, up),
      ...changes,
    },
    bootstrap.map((node) => node.network),
    { peersMin },
  );
  sync = new Synchroniser(chain, network, silentLog);
  for (const peer of network.peers()) sync.onPeer(peer, true);
  t.after(async () => sync.stop());
  return { chain, network, sync };
}

const sameTip = (...chains: FakeChain[]) => chains.every((chain) => equal(chain.tip.id, chains[0]!.tip.id));

test('a new node catches up with 100 blocks, then follows announcements along a chain of peers', async (t) => {
  const [first, second, third] = [new FakeChain(), new FakeChain(), new FakeChain()];
  first.grow(100);
  const a = await chainNode(t, 'a', first, [], {}, 0);
  const b = await chainNode(t, 'b', second, [a]);
  const c = await chainNode(t, 'c', third, [b]);
  // c may meet b before b has caught up: nobody announces what came by sync
  c.sync.start(100);
  await until('all at one tip', () => sameTip(first, second, third));
  assert.equal(third.added, 100);
  await connected(b.network, c.network);
  await until('a is heard', async () => {
    const block = first.grow(1)[0]!;
    return (await a.network.publishHeader(block.header)) > 0;
  });
  for (let i = 0; i < 5; i++) {
    const blocks = first.grow(2);
    for (const block of blocks) await a.network.publishHeader(block.header);
  }
  await until('all follow', () => sameTip(first, second, third));
  assert.equal(b.sync.behind(), false);
});

test('the longer branch wins, whichever side starts the sync', async (t) => {
  const [short, long] = [new FakeChain(), new FakeChain()];
  for (const block of long.grow(40)) short.insert(block);
  short.grow(5, 'short ');
  long.grow(9, 'long ');
  const a = await chainNode(t, 'a', short, [], {}, 0);
  await chainNode(t, 'b', long, [a]);
  await until('one tip', () => sameTip(short, long));
  assert.equal(short.tip.height, 49);
});

test('an announcement whose parent is missing leads to a sync with its sender', async (t) => {
  const [ahead, behind] = [new FakeChain(), new FakeChain()];
  const a = await chainNode(t, 'a', ahead, [], {}, 0);
  const b = await chainNode(t, 'b', behind, [a]);
  await connected(a.network, b.network);
  ahead.grow(30);
  await until('heard', async () => (await a.network.publishHeader(ahead.tip.header)) > 0);
  await until('caught up', () => sameTip(ahead, behind));
});

test('a lost announcement is made good by asking now and then', async (t) => {
  const [ahead, behind] = [new FakeChain(), new FakeChain()];
  const a = await chainNode(t, 'a', ahead, [], {}, 0);
  const b = await chainNode(t, 'b', behind, [a]);
  await connected(a.network, b.network);
  b.sync.start(50);
  ahead.grow(3);
  await until('caught up', () => sameTip(ahead, behind));
});

test('over the network: a peer that serves bodies that are not the headers’ is cut off', async (t) => {
  const [liar, honest] = [new FakeChain(), new FakeChain()];
  liar.grow(10);
  const a = await chainNode(t, 'a', honest, [], {}, 0);
  await chainNode(t, 'liar', liar, [a], { body: () => [utf8('something else')] });
  await until('met', () => a.network.peers().length > 0);
  a.sync.sync(a.network.peers()[0]!);
  await until('cut off', () => a.network.peers().length === 0);
  assert.equal(honest.tip.height, 0);
});

/** A peer without a network: what it answers, and what it was charged. */
class Scripted implements SyncPeers {
  readonly charged: [number, string][] = [];
  asked = 0;

  constructor(
    readonly claims: bigint,
    readonly headers: (locator: Uint8Array[]) => Uint8Array[],
    readonly bodies: (id: Uint8Array) => Uint8Array[] | undefined,
  ) {}

  peers = () => ['peer'];
  // The highest id: of equal work it is never the better tip.
  requestStatus = async () => ({ height: 0, id: new Uint8Array(32).fill(255), work: this.claims });
  misbehave = (_peer: string, points: number, why: string) => void this.charged.push([points, why]);

  requestHeaders = async (_peer: string, locator: Uint8Array[]) => {
    this.asked += 1;
    return this.headers(locator);
  };

  requestCompact = async () => undefined;
  requestTxs = async () => undefined;

  async *requestBodies(_peer: string, ids: Uint8Array[]) {
    for (const id of ids) yield this.bodies(id);
  }
}

function blocksAfter(parent: FakeBlock, count: number): FakeBlock[] {
  const blocks: FakeBlock[] = [];
  for (let i = 0; i < count; i++) blocks.push(makeBlock(blocks.at(-1) ?? parent, [utf8(`${i}`)]));
  return blocks;
}

async function syncOnce(peer: Scripted, chain = new FakeChain()): Promise<FakeChain> {
  const sync = new Synchroniser(chain, peer, silentLog);
  sync.sync('peer');
  await until('done', () => sync.idle());
  await sync.stop();
  return chain;
}

const headersOf = (blocks: FakeBlock[]) => blocks.map(({ header }) => header);

test('lies, one by one', async () => {
  const good = blocksAfter(GENESIS_BLOCK, 5);
  const bodies = new Map(good.map((block) => [toHex(block.id), block.body]));
  const body = (id: Uint8Array) => bodies.get(toHex(id));
  const many = blocksAfter(GENESIS_BLOCK, LIMITS.headers);
  const manyBodies = new Map(many.map((block) => [toHex(block.id), block.body]));
  const anyBody = (id: Uint8Array) => manyBodies.get(toHex(id));
  const stray = blocksAfter({ ...GENESIS_BLOCK, id: new Uint8Array(32).fill(9) }, 3);
  const cases: [string, Scripted, number, number][] = [
    ['honest', new Scripted(5n, () => headersOf(good), body), 5, 0],
    ['headers from nowhere', new Scripted(5n, () => headersOf(stray), body), 0, 50],
    ['a gap', new Scripted(5n, () => headersOf([good[0]!, good[2]!]), body), 0, 50],
    ['out of order', new Scripted(5n, () => headersOf([...good].reverse()), body), 0, 50],
    ['no headers but a claim', new Scripted(500n, () => [], body), 0, 25],
    ['more claimed than shown', new Scripted(6n, () => headersOf(good), body), 5, 25],
    ['garbage for a header', new Scripted(5n, () => [utf8('not cbor')], body), 0, 50],
    [
      'a wrong body',
      new Scripted(
        5n,
        () => headersOf(good),
        () => [utf8('no')],
      ),
      0,
      100,
    ],
    ['no work', new Scripted(5n, () => [makeBlock(GENESIS_BLOCK, [], false).header], body), 0, 100],
    ['the same again and again', new Scripted(5n, () => headersOf(many), anyBody), LIMITS.headers, 50],
    [
      'no body',
      new Scripted(
        5n,
        () => headersOf(good),
        () => undefined,
      ),
      0,
      0,
    ],
    ['nothing better', new Scripted(0n, () => headersOf(good), body), 0, 0],
  ];
  for (const [what, peer, height, points] of cases) {
    const chain = await syncOnce(peer);
    assert.equal(chain.tip.height, height, what);
    assert.deepEqual(
      peer.charged.map(([charged]) => charged),
      points ? [points] : [],
      what,
    );
  }
});

test('a fault of our own blames nobody', async () => {
  const good = blocksAfter(GENESIS_BLOCK, 5);
  const chain = new FakeChain();
  chain.addBlock = async () => {
    throw new Error('disk full');
  };
  const peer = new Scripted(
    5n,
    () => headersOf(good),
    () => [utf8('0')],
  );
  await syncOnce(peer, chain);
  assert.deepEqual(peer.charged, []);
});

test('a branch of more than one batch is followed to its end', async () => {
  const long = blocksAfter(GENESIS_BLOCK, 4500);
  const bodies = new Map(long.map((block) => [toHex(block.id), block.body]));
  const serve = new FakeChain();
  for (const block of long) serve.insert(block);
  const mine = new FakeChain();
  mine.grow(4200, 'mine ');
  const peer = new Scripted(
    4500n,
    (locator) => serve.headersAfter(locator, 2000),
    (id) => bodies.get(toHex(id)),
  );
  const sync = new Synchroniser(mine, peer, silentLog);
  sync.sync('peer');
  await until('reorganised', () => equal(mine.tip.id, long.at(-1)!.id));
  assert.equal(peer.asked, 3);
  await sync.stop();
});

test('gossiped headers: judged before their body is asked for', async () => {
  const chain = new FakeChain();
  const [next] = blocksAfter(GENESIS_BLOCK, 1);
  const workless = makeBlock(GENESIS_BLOCK, [], false);
  let bodies = 0;
  const peer = new Scripted(
    0n,
    () => [],
    (id) => (bodies++ < 9 && equal(id, next!.id) ? next!.body : undefined),
  );
  const sync = new Synchroniser(chain, peer, silentLog);
  assert.equal(await sync.onHeader('peer', utf8('garbage')), 'reject');
  assert.equal(await sync.onHeader('peer', workless.header), 'reject');
  chain.place = 3;
  assert.equal(await sync.onHeader('peer', next!.header), 'ignore', 'one of many of a leader for one slot');
  chain.place = 2;
  assert.equal(await sync.onHeader('peer', next!.header), 'accept', 'passed on as evidence');
  chain.place = 1;
  assert.equal(bodies, 0);
  assert.equal(await sync.onHeader('peer', next!.header), 'accept');
  assert.equal(await sync.onHeader('peer', next!.header), 'ignore');
  assert.equal(bodies, 1);
  await sync.stop();
  assert.equal(await sync.onHeader('peer', next!.header), 'ignore');
});

test('a peer that is too far ahead is asked for nothing but how far that is', async (t) => {
  const [ahead, own] = [new FakeChain(), new FakeChain()];
  ahead.grow(10);
  const asked: string[] = [];
  const told: [string, number][] = [];
  const network: SyncPeers = {
    peers: () => ['far', 'near'],
    requestStatus: async () => ahead.status(),
    requestHeaders: async (peer, locator, max) => {
      asked.push(peer);
      return ahead.headersAfter(locator, max);
    },
    async *requestBodies(_, ids) {
      for (const id of ids) yield ahead.get(id)?.body;
    },
    requestCompact: async () => undefined,
    requestTxs: async () => undefined,
    misbehave: () => assert.fail('nobody lied'),
  };
  const sync = new Synchroniser(own, network, silentLog, undefined, (peer, { height }) => {
    told.push([peer, height]);
    return peer === 'far';
  });
  t.after(() => sync.stop());
  sync.sync('far');
  await until('heard', () => sync.idle());
  assert.deepEqual([asked, told, own.tip.height], [[], [['far', 10]], 0]);
  sync.sync('near');
  await until('caught up', () => sync.idle());
  assert.deepEqual([asked, own.tip.height], [['near'], 10]);
});
