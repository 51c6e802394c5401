import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import fc from 'fast-check';
import { Synchroniser, type SyncPeers } from '../../src/lib/net/blocksync.js';
import { type CompactSource, pieceTogether, shortId, shortIds } from '../../src/lib/net/compact.js';
import { Framed } from '../../src/lib/net/frames.js';
import { silentLog } from '../../src/lib/net/log.js';
import { namesFor } from '../../src/lib/net/names.js';
import { LIMITS, parseRequest, SALT_BYTES, SYNC_REQUESTS } from '../../src/lib/net/wire.js';
import { equal, utf8 } from '../../src/lib/util/bytes.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { FakeChain, GENESIS_BLOCK, makeBlock } from './fake-chain.js';
import { bareHost, counted, GENESIS, sha256, startNode, until } from './nodes.js';

const SALT = new Uint8Array(SALT_BYTES).fill(5);
const txOf = (i: number, size = 40) => new Uint8Array(Buffer.concat([sha256(`tx ${i}`), new Uint8Array(size - 32)]));
const txs = (count: number, from = 0) => Array.from({ length: count }, (_, i) => txOf(from + i));

function sourceOf(body: Uint8Array[], asked: number[][] = []): CompactSource {
  return {
    ids: async (salt) => shortIds(salt, body),
    txs: async (indexes) => {
      asked.push(indexes);
      return indexes.map((i) => body[i]!);
    },
  };
}

test('any body comes out of any pool, and only what the pool lacks is asked for', async () => {
  const subset = fc.uniqueArray(fc.nat(60), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(subset, subset, async (inBody, inPool) => {
      const asked: number[][] = [];
      const body = inBody.map((i) => txOf(i));
      const pieced = await pieceTogether(
        sourceOf(body, asked),
        inPool.map((i) => txOf(i)),
        SALT,
      );
      assert.deepEqual(pieced?.body, body);
      const lacking = [...inBody.keys()].filter((i) => !inPool.includes(inBody[i]!));
      assert.deepEqual(asked, lacking.length > 0 ? [lacking] : []);
    }),
    { numRuns: 50 },
  );
});

test('ids that two share stand for neither; one that the block’s shares gives another body', async () => {
  const narrow = (salt: Uint8Array, tx: Uint8Array) => {
    const id = new Uint8Array(8);
    id[0] = shortId(salt, tx)[0]! & 1;
    return id;
  };
  const [even, odd] = [0, 1].map((bit) =>
    Array.from({ length: 40 }, (_, i) => txOf(i)).filter((tx) => narrow(SALT, tx)[0] === bit),
  );
  const asked: number[][] = [];
  const source = { ...sourceOf([even![0]!], asked), ids: async () => shortIds(SALT, [even![0]!], narrow) };
  const twice = await pieceTogether(source, [even![0]!, even![1]!], SALT, narrow);
  assert.deepEqual([twice?.body, asked], [[even![0]], [[0]]]);
  const wrong = await pieceTogether(source, [even![1]!, odd![0]!], SALT, narrow);
  assert.deepEqual([wrong?.body, wrong?.lied], [[even![1]], false]);
});

test('far too much is missing: nothing is asked for by index', async () => {
  const body = Array.from({ length: LIMITS.txIndexes + 1 }, (_, i) => utf8(`${i}`));
  const asked: number[][] = [];
  const pieced = await pieceTogether(sourceOf(body, asked), [txOf(0)], SALT);
  assert.deepEqual([pieced?.body, pieced?.lied, asked], [undefined, false, []]);
});

test('requests are bounded, and each index comes once', () => {
  const id = new Uint8Array(32);
  const parse = (...request: Parameters<typeof encodeCbor>[0][]) => parseRequest(SYNC_REQUESTS, encodeCbor(request));
  assert.ok(parse('compact', id, SALT));
  assert.ok(parse('txs', id, [0, 1, 9]));
  assert.throws(() => parse('compact', id, SALT.subarray(1)), /not 16 bytes/);
  assert.throws(() => parse('txs', id, [3, 3]), /do not ascend/);
  assert.throws(
    () =>
      parse(
        'txs',
        id,
        Array.from({ length: LIMITS.txIndexes + 1 }, (_, i) => i),
      ),
    /malformed/,
  );
  assert.throws(() => parse('txs', id, [LIMITS.bodyTxs + 1]), /malformed/);
});

/** A peer that announced a block; each test replaces what it answers. */
class Peer implements SyncPeers {
  readonly charged: [number, string][] = [];
  wholes = 0;
  constructor(readonly body: Uint8Array[]) {}
  peers = () => ['peer'];
  requestStatus = async () => ({ height: 0, id: GENESIS_BLOCK.id, work: 0n });
  requestHeaders = async () => [];
  requestCompact: SyncPeers['requestCompact'] = async (_peer, _id, salt) => shortIds(salt, this.body);
  requestTxs: SyncPeers['requestTxs'] = async (_peer, _id, indexes) => indexes.map((i) => this.body[i]!);
  misbehave = (_peer: string, points: number, why: string) => this.charged.push([points, why]);
  async *requestBodies() {
    this.wholes += 1;
    yield this.body;
  }
}

async function announce(change: (peer: Peer) => void, pool = txs(8)) {
  const block = makeBlock(GENESIS_BLOCK, txs(10));
  const peer = new Peer(block.body);
  change(peer);
  const chain = new FakeChain();
  chain.pool = pool;
  const sync = new Synchroniser(chain, peer, silentLog);
  const verdict = await sync.onHeader('peer', block.header);
  await until('idle', () => sync.idle());
  await sync.stop();
  return { verdict, height: chain.tip.height, wholes: peer.wholes, points: peer.charged.map(([points]) => points) };
}

test('an announced block is put together here, and a peer that lies about its parts pays for it', async () => {
  const got = { verdict: 'accept', height: 1, wholes: 0, points: [] };
  assert.deepEqual(await announce(() => {}), got);
  assert.deepEqual(await announce(() => {}, []), { ...got, wholes: 1 }, 'nothing waits: the whole body at once');
  const wrongIds = (peer: Peer) => {
    peer.requestCompact = async (_peer, _id, salt) => shortIds(salt, txs(8));
  };
  assert.deepEqual(await announce(wrongIds), { ...got, wholes: 1, points: [50] });
  const wrongTx = (peer: Peer) => {
    peer.requestTxs = async (_peer, _id, indexes) => indexes.map(() => txOf(99));
  };
  assert.deepEqual(await announce(wrongTx), { ...got, wholes: 1, points: [50] });
  const nothing = (peer: Peer) => {
    peer.requestCompact = async () => undefined;
  };
  assert.deepEqual(await announce(nothing), { ...got, wholes: 1 });
  const allWrong = (peer: Peer) => {
    wrongTx(peer);
    peer.requestBodies = async function* () {
      yield [txOf(98)];
    };
  };
  assert.deepEqual(await announce(allWrong), { ...got, verdict: 'ignore', height: 0, points: [50, 100] });
  const broken = (peer: Peer) => {
    peer.requestTxs = async () => {
      throw new Error('the stream broke');
    };
  };
  assert.equal((await announce(broken)).verdict, 'ignore');
});

test('a lie that cost the block sends this node to another peer', async () => {
  const block = makeBlock(GENESIS_BLOCK, txs(3));
  const peer = new Peer([txOf(77)]);
  peer.peers = () => ['liar', 'other'];
  const asked: string[] = [];
  peer.requestStatus = async (...[who]: string[]) => {
    asked.push(who!);
    return { height: 0, id: GENESIS_BLOCK.id, work: 0n };
  };
  const sync = new Synchroniser(new FakeChain(), peer, silentLog);
  assert.equal(await sync.onHeader('liar', block.header), 'ignore');
  await until('asked', () => asked.length > 0 && sync.idle());
  assert.deepEqual(asked, ['other']);
  await sync.stop();
});

test('over the network: what waits here already does not come again', async (t) => {
  const [first, second] = [new FakeChain(), new FakeChain()];
  const waiting = Array.from({ length: 500 }, (_, i) => txOf(i, 1000));
  first.pool = waiting;
  second.pool = waiting.slice(0, 490);
  const handlers = (chain: FakeChain) => ({
    status: () => chain.status(),
    headersAfter: (locator: Uint8Array[], max: number) => chain.headersAfter(locator, max),
    body: (id: Uint8Array) => chain.get(id)?.body,
  });
  const a = await startNode(t, 'a', handlers(first), [], { peersMin: 0 });
  const proxy = await counted(t, a);
  let sync: Synchroniser | undefined;
  const b = await startNode(
    t,
    'b',
    { ...handlers(second), onHeader: async (from, bytes) => sync?.onHeader(from, bytes) ?? 'ignore' },
    [],
    { peersMin: 1, bootstrap: [proxy.address] },
  );
  sync = new Synchroniser(second, b, silentLog);
  t.after(async () => sync?.stop());
  await until('connected', () => b.peers().includes(a.peerId));
  const block = makeBlock(GENESIS_BLOCK, waiting);
  first.insert(block);
  const before = proxy.bytes;
  await until('announced', async () => (await a.publishHeader(block.header)) > 0);
  await until('added', () => equal(second.tip.id, block.id));
  const sent = proxy.bytes - before;
  assert.ok(sent > 14_000 && sent < 40_000, `${sent} bytes for a block of 500,000`);
});

test('parts that are not as many as were asked for, or not whole, break the protocol', async (t) => {
  const node = await startNode(t, 'asker', {}, [], { peersMin: 0 });
  const host = await bareHost(t, 'answers');
  let answer: Parameters<typeof encodeCbor>[0] = null;
  await host.handle(namesFor(GENESIS).sync, async (stream) => {
    const framed = new Framed(stream);
    await framed.receive(10_000, 5_000);
    await framed.send(encodeCbor(['ok', answer]));
  });
  await host.dial(multiaddr(node.addresses()[0]!));
  await until('met', () => node.peers().length > 0);
  const peer = host.peerId.toString();
  const id = new Uint8Array(32);
  assert.equal(await node.requestCompact(peer, id, SALT), undefined);
  assert.equal(await node.requestTxs(peer, id, [1]), undefined);
  answer = [txOf(1), txOf(2)];
  assert.deepEqual(await node.requestTxs(peer, id, [4, 5]), [txOf(1), txOf(2)]);
  await assert.rejects(node.requestTxs(peer, id, [4]), /not one transaction an index/);
  answer = new Uint8Array(12);
  await assert.rejects(node.requestCompact(peer, id, SALT), /not whole ids/);
});
