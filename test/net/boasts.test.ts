import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { Synchroniser, type SyncPeers } from '../../src/lib/net/blocksync.js';
import { unreachable } from '../../src/lib/net/errors.js';
import { Framed } from '../../src/lib/net/frames.js';
import { silentLog } from '../../src/lib/net/log.js';
import { namesFor } from '../../src/lib/net/names.js';
import { Scores } from '../../src/lib/net/score.js';
import type { Status } from '../../src/lib/net/sync.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { Failure } from '../../src/lib/util/errors.js';
import { FakeChain } from './fake-chain.js';
import { bareHost, GENESIS, startNode, until } from './nodes.js';

const NEVER = new Promise<never>(() => {});
const claim = (work: bigint): Status => ({ height: 0, id: new Uint8Array(32), work });

/** Peers whose answers each test replaces; by default they know no more than genesis. */
class Peers implements SyncPeers {
  connected: string[] = [];
  readonly clock = { ms: 1_000_000, now: () => this.clock.ms };
  readonly scores = new Scores(this.clock, silentLog, (peer) => this.leave(peer));
  readonly chain = new FakeChain();
  readonly sync = new Synchroniser(this.chain, this, silentLog, this.clock);
  asked = 0;
  status: (peer: string) => Promise<Status> = async () => claim(0n);
  headers: (locator: Uint8Array[]) => Promise<Uint8Array[]> = async () => [];
  body: (id: Uint8Array) => Promise<Uint8Array[] | undefined> = async () => undefined;

  peers = () => this.connected;
  requestHeaders = (_peer: string, locator: Uint8Array[]) => this.headers(locator);
  misbehave = (peer: string, points: number, why: string) => this.scores.misbehave(peer, points, why);

  requestStatus(peer: string): Promise<Status> {
    this.asked += 1;
    return this.status(peer);
  }

  requestCompact = async () => undefined;
  requestTxs = async () => undefined;

  async *requestBodies(_peer: string, ids: Uint8Array[]) {
    for (const id of ids) yield this.body(id);
  }

  join(peer: string): void {
    this.connected.push(peer);
    this.sync.onPeer(peer, true);
  }

  leave(peer: string): void {
    this.connected = this.connected.filter((other) => other !== peer);
    this.sync.onPeer(peer, false);
  }

  ended = () => until('the sync ended', () => this.sync.idle());
}

/** A promise that is kept when the test says so. */
function gate<T>() {
  let open!: (value: T) => void;
  const passed = new Promise<T>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a lone node is synced; one with peers once one of them was heard out', async () => {
  const peers = new Peers();
  assert.equal(peers.sync.behind(), false, 'alone');
  const status = gate<Status>();
  peers.status = () => status.passed;
  peers.join('a');
  assert.equal(peers.sync.behind(), true, 'nobody answered yet');
  status.open(claim(0n));
  await peers.ended();
  assert.equal(peers.sync.behind(), false, 'a has no more');
  peers.status = () => NEVER;
  peers.join('b');
  assert.equal(peers.sync.behind(), false, 'a was heard');
  peers.leave('a');
  assert.equal(peers.sync.behind(), true, 'only b is left');
  peers.leave('b');
  assert.equal(peers.sync.behind(), false, 'alone again');
});

test('a new node is behind from its first peer’s answer to the last block', async () => {
  const peers = new Peers();
  const ahead = new FakeChain();
  const blocks = ahead.grow(3);
  const [headers, body] = [gate<Uint8Array[]>(), gate<void>()];
  peers.status = async () => claim(3n);
  peers.headers = () => headers.passed;
  peers.body = async (id) => {
    await body.passed;
    return ahead.get(id)!.body;
  };
  peers.join('a');
  await turn();
  assert.equal(peers.sync.behind(), true, 'claimed, and nobody heard out yet');
  headers.open(blocks.map(({ header }) => header));
  await turn();
  assert.equal(peers.sync.behind(), true, 'shown, and not here yet');
  body.open();
  await peers.ended();
  assert.equal(peers.chain.tip.height, 3);
  assert.equal(peers.sync.behind(), false);
});

test('a claim without headers behind it does not make a node behind', async () => {
  const peers = new Peers();
  peers.join('honest');
  await peers.ended();
  peers.status = async () => claim(1n << 200n);
  peers.headers = () => NEVER;
  peers.join('boaster');
  await turn();
  assert.equal(peers.sync.behind(), false);
});

test('who shows a header and then holds its body back makes a node behind for half a minute at most', async () => {
  const peers = new Peers();
  peers.join('honest');
  await peers.ended();
  const [block] = new FakeChain().grow(1);
  peers.status = async () => claim(1n << 200n);
  peers.headers = async () => [block!.header];
  peers.body = () => NEVER;
  peers.join('staller');
  await turn();
  assert.equal(peers.sync.behind(), true);
  peers.clock.ms += 30_001;
  assert.equal(peers.sync.behind(), false);
});

test('who no longer holds a body is not charged, but left alone for a minute', async () => {
  const peers = new Peers();
  const [block] = new FakeChain().grow(1);
  peers.status = async () => claim(1n);
  peers.headers = async () => [block!.header];
  peers.join('pruned');
  await peers.ended();
  peers.sync.sync('pruned');
  assert.ok(peers.sync.idle());
  assert.equal(peers.scores.score('pruned'), 0);
  assert.equal(peers.sync.behind(), false);
});

test('whose turn it was to wait is asked when a slot is free, past one that is left alone', async () => {
  const peers = new Peers();
  const status = gate<Status>();
  const asked: string[] = [];
  peers.status = async (peer) => {
    asked.push(peer);
    return peer === 'silent' ? status.passed : peer === 'slow' ? NEVER : claim(0n);
  };
  for (const peer of ['silent', 'slow']) peers.join(peer);
  peers.sync.sync('silent');
  for (const peer of ['a', 'b']) peers.join(peer);
  status.open(Promise.reject(unreachable('the peer did not answer in time')) as never);
  await until('all asked', () => asked.length === 4);
  assert.deepEqual(asked, ['silent', 'slow', 'a', 'b']);
});

const boasts: [string, () => Promise<Uint8Array[]>][] = [
  ['shows nothing', async () => []],
  ['falls silent', () => Promise.reject(unreachable('the peer did not answer in time'))],
];
for (const [what, headers] of boasts) {
  test(`who claims more and ${what} is left alone for a minute, and cut off in the end`, async () => {
    const peers = new Peers();
    peers.status = async () => claim(1n << 200n);
    peers.headers = headers;
    peers.join('boaster');
    let boasted = 0;
    for (;;) {
      await peers.ended();
      assert.equal(peers.asked, ++boasted);
      if (peers.connected.length === 0) break;
      peers.sync.sync('boaster');
      peers.clock.ms += 59_999;
      peers.sync.sync('boaster');
      assert.ok(peers.sync.idle(), 'not asked again so soon');
      peers.clock.ms += 1;
      peers.sync.sync('boaster');
      assert.ok(boasted < 8, 'it goes on for ever');
    }
    assert.ok(boasted > 2, 'once may be a mishap');
    assert.ok(peers.scores.banned('boaster'));
  });
}

test('who sends noise for headers is heard again at once, and soon cut off', async () => {
  const peers = new Peers();
  peers.status = async () => claim(1n << 200n);
  peers.headers = async () => [utf8('noise')];
  peers.join('liar');
  await peers.ended();
  peers.sync.sync('liar');
  await peers.ended();
  assert.deepEqual([peers.asked, peers.connected], [2, []]);
  assert.ok(peers.scores.banned('liar'));
});

test('a peer that was busy, or that a fault of ours stopped, may be asked again at once', async () => {
  const peers = new Peers();
  const [block] = new FakeChain().grow(1);
  peers.status = async () => claim(1n);
  peers.headers = async () => [block!.header];
  peers.body = async () => block!.body;
  const added = peers.chain.addBlock.bind(peers.chain);
  peers.chain.addBlock = async () => {
    throw new Error('disk full');
  };
  peers.join('a');
  await peers.ended();
  peers.chain.addBlock = added;
  peers.status = () => Promise.reject(new Failure('temporary', 'busy, ask again later'));
  peers.sync.sync('a');
  await peers.ended();
  assert.equal(peers.scores.score('a'), 0);
  peers.status = async () => claim(1n);
  peers.sync.sync('a');
  await peers.ended();
  assert.equal(peers.chain.tip.height, 1);
});

test('a peer that is gone is not asked, nor charged for it', async () => {
  const peers = new Peers();
  const orphan = new FakeChain().grow(2)[1]!;
  peers.chain.checkHeaders = async () => 'orphan' as never;
  assert.equal(await peers.sync.onHeader('gone', orphan.header), 'ignore');
  assert.ok(peers.sync.idle());
  assert.equal(peers.asked, 0);
});

test('a peer that comes back is asked at once', async () => {
  const peers = new Peers();
  peers.status = () => Promise.reject(unreachable('the stream broke'));
  peers.join('a');
  await peers.ended();
  peers.leave('a');
  peers.status = async () => claim(0n);
  peers.join('a');
  await peers.ended();
  assert.equal(peers.asked, 2);
  assert.equal(peers.sync.behind(), false);
});

for (const answered of ['nothing', 'its status'] as const) {
  test(`stopping does not wait for a peer that answers ${answered}`, async (t) => {
    const node = await startNode(t, 'node', {}, [], { peersMin: 0 });
    const host = await bareHost(t, 'silent');
    let requests = 0;
    await host.handle(namesFor(GENESIS).sync, async (stream) => {
      const framed = new Framed(stream);
      const request = await framed.receive(10_000, 5_000).catch(() => undefined);
      if (!request) return;
      const isStatus = Buffer.from(request).includes('status');
      const silent = isStatus ? answered === 'nothing' : Buffer.from(request).includes('headers');
      if (silent) requests += 1;
      else if (isStatus) await framed.send(encodeCbor(['ok', [9, utf8('x'.repeat(32)), new Uint8Array(32).fill(1)]]));
    });
    await host.dial(multiaddr(node.addresses()[0]!));
    await until('met', () => node.peers().length > 0);
    const sync = new Synchroniser(new FakeChain(), node, silentLog);
    sync.sync(node.peers()[0]!);
    await until('asked', () => requests > 0);
    const before = performance.now();
    await sync.stop();
    assert.ok(performance.now() - before < 1_000);
    assert.equal(node.peers().length, 1, 'nobody is blamed');
  });
}
