import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HEADER_BYTES_MAX } from '../../src/lib/chain/header.js';
import { peerIdBytes, peerIdFromBytes } from '../../src/lib/net/peer-ids.js';
import { LIMITS } from '../../src/lib/net/wire.js';
import { equal, utf8 } from '../../src/lib/util/bytes.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { connected, sha256, startNode, until } from './nodes.js';

test('gossip delivers headers and transactions, and passes on only what was accepted', async (t) => {
  const heard: string[] = [];
  const listen = (name: string, verdict: 'accept' | 'ignore') => ({
    onHeader: async (_from: string, bytes: Uint8Array) => {
      heard.push(`${name} header ${Buffer.from(bytes)}`);
      return verdict;
    },
    onTxs: async (_from: string, txs: Uint8Array[]) => {
      for (const bytes of txs) heard.push(`${name} tx ${Buffer.from(bytes)}`);
      return verdict;
    },
  });
  const a = await startNode(t, 'a', {}, [], { peersMin: 0 });
  const b = await startNode(t, 'b', listen('b', 'accept'), [a], { peersMin: 1 });
  const c = await startNode(t, 'c', listen('c', 'ignore'), [b], { peersMin: 1 });
  const d = await startNode(t, 'd', listen('d', 'accept'), [c], { peersMin: 1 });
  await connected(a, b);
  await connected(c, b);
  await connected(c, d);
  // what is published before a link knows of its other end's subscription is lost there: so more than one
  for (const [kind, publish] of [
    ['header', (bytes: Uint8Array) => a.publishHeader(bytes)],
    ['tx', (bytes: Uint8Array) => a.publishTx(bytes)],
  ] as const) {
    let count = 0;
    await until(`a ${kind} went along`, async () => {
      await publish(utf8(`${count++}`));
      return heard.some((line) => line.startsWith(`c ${kind}`));
    });
    assert.ok(heard.some((line) => line.startsWith(`b ${kind}`)));
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(!heard.some((line) => line.startsWith('d')), 'c ignored it, so d never hears of it');
});

test('a header sent as a transaction does not keep it from being heard as a header', async (t) => {
  const heard: string[] = [];
  const b = await startNode(t, 'b', {
    onHeader: async () => (heard.push('header') ? 'accept' : 'ignore'),
    onTxs: async () => (heard.push('tx') ? 'ignore' : 'accept'),
  });
  const a = await startNode(t, 'a', {}, [b]);
  await connected(a, b);
  await until('sent as a transaction', async () => (await a.publishTx(utf8('same'))) > 0);
  await until('sent as a header', async () => (await a.publishHeader(encodeCbor([utf8('same')]))) > 0);
  await until('heard both ways', () => heard.includes('header') && heard.includes('tx'));
});

test('a peer that publishes what is invalid is cut off', async (t) => {
  const b = await startNode(t, 'b', { onTxs: async () => 'reject' }, [], { peersMin: 0 });
  const a = await startNode(t, 'a', {}, [b]);
  await connected(a, b);
  await until('somebody listens', async () => (await a.publishTx(utf8('bad'))) > 0);
  for (let i = 0; i < 10; i++) await a.publishTx(utf8(`bad ${i}`));
  await until('cut off', () => b.peers().length === 0);
  await assert.rejects(b.dialPeer(a.peerId), { code: 'unreachable' });
});

test('what waits in the pool reaches a new peer', async (t) => {
  const heard: string[] = [];
  const a = await startNode(t, 'a', { pool: () => [{ bytes: utf8('early'), order: -1 }] });
  const b = await startNode(
    t,
    'b',
    { onTxs: async (_f, txs) => (heard.push(...txs.map((tx) => `${Buffer.from(tx)}`)) ? 'accept' : 'ignore') },
    [a],
  );
  await connected(a, b);
  await until('fetched', () => heard.includes('early'));
});

test('requests are answered', async (t) => {
  const id = sha256('tip');
  const bodies = [[utf8('tx 1'), utf8('tx 2')], []];
  const asked: unknown[] = [];
  const a = await startNode(t, 'a', {
    status: () => ({ height: 9, id, work: 1n << 200n }),
    headersAfter: (locator, max) => {
      asked.push([locator.length, max]);
      return [utf8('h1'), utf8('h2'), utf8('h3')];
    },
    body: (wanted) => bodies[wanted[0]!],
    hasLocators: (locators) => locators.map((locator) => locator[0] === 1),
    vouch: (named) => named.map(({ height, name }) => height === 9 && equal(name, id)),
  });
  const b = await startNode(t, 'b', {}, [a]);
  await connected(a, b);
  const status = await b.requestStatus(a.peerId);
  assert.equal(status.height, 9);
  assert.equal(status.work, 1n << 200n);
  assert.ok(equal(status.id, id));
  const headers = await b.requestHeaders(a.peerId, [id], 2);
  assert.deepEqual(headers.map(String), [utf8('h1'), utf8('h2')].map(String));
  assert.deepEqual(asked, [[1, 2]]);
  const named = [9, 8].map((height) => ({ height, name: id }));
  assert.deepEqual(await b.requestVouch(a.peerId, named), [true, false]);
  const ids = [0, 1, 2].map((first) => new Uint8Array(32).fill(first));
  const got = [];
  for await (const body of b.requestBodies(a.peerId, ids)) got.push(body?.map((tx) => Buffer.from(tx).toString()));
  assert.deepEqual(got, [['tx 1', 'tx 2'], [], undefined]);
  const many = Array.from({ length: 300 }, (_, i) => new Uint8Array(32).fill(i === 299 ? 1 : 0));
  assert.deepEqual([...(await b.providers(many))], [[299, [a.peerId]]]);
});

test('as many of the largest headers as may be asked for come in one answer, either way', async (t) => {
  const largest = new Uint8Array(HEADER_BYTES_MAX).fill(7);
  const chain = Array.from({ length: LIMITS.headers + 1 }, () => largest);
  const a = await startNode(t, 'a', { headersAfter: () => chain, ancestors: () => chain });
  const b = await startNode(t, 'b', {}, [a]);
  await connected(a, b);
  const id = sha256('tip');
  assert.equal((await b.requestHeaders(a.peerId, [id], LIMITS.headers)).length, LIMITS.headers);
  assert.equal((await b.requestAncestors(a.peerId, id, LIMITS.headers))?.length, LIMITS.headers);
});

test('a body of 16 MiB arrives, and one that is left early costs nothing more', async (t) => {
  const body = Array.from({ length: 64 }, (_, i) => new Uint8Array(256 * 1024 - 8).fill(i));
  let served = 0;
  const a = await startNode(t, 'a', { body: () => (served++ < 32 ? body : undefined) });
  const b = await startNode(t, 'b', {}, [a]);
  await connected(a, b);
  const ids = Array.from({ length: 32 }, (_, i) => new Uint8Array(32).fill(i));
  for await (const got of b.requestBodies(a.peerId, ids)) {
    assert.equal(got?.length, 64);
    assert.equal(got[63]![0], 63);
    break;
  }
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.ok(served < 5, `${served} bodies were read for one`);
});

test('peers are learnt from peers, and found by their id', async (t) => {
  const hub = await startNode(t, 'hub', {}, [], { peersMin: 0 });
  const c = await startNode(t, 'c', {}, [hub], { peersMin: 1 });
  const a = await startNode(t, 'a', {}, [hub], { peersMin: 1 });
  await connected(hub, c);
  await connected(hub, a);
  assert.ok(!a.peers().includes(c.peerId));
  await a.dialPeer(c.peerId);
  await connected(a, c);
  const d = await startNode(t, 'd', {}, [hub], { peersMin: 3 });
  await until('d knows all', () => d.peers().length === 3);
  const stranger = peerIdFromBytes(Uint8Array.from([...peerIdBytes(a.peerId)].map((byte, i) => (i < 6 ? byte : 1))));
  await assert.rejects(a.dialPeer(stranger), { code: 'unreachable' });
});

test('a node that was away comes back by its bootstrap list', async (t) => {
  const a = await startNode(t, 'a', {}, [], { peersMin: 0 });
  const b = await startNode(t, 'b', {}, [a]);
  await connected(a, b);
  await a.hangUp(b.peerId);
  await connected(a, b);
});

test('the same seed gives the same peer id, and its bytes give it back', async (t) => {
  const a = await startNode(t, 'a');
  assert.equal(peerIdFromBytes(a.peerIdBytes), a.peerId);
  assert.match(a.addresses()[0]!, /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3KooW/);
  for (const bad of ['', 'x', a.peerId.slice(1), `${a.peerId}1`, '0OIl', 'a'.repeat(10_000)]) {
    assert.throws(() => peerIdBytes(bad), { code: 'usage' });
  }
});

test('an address that cannot be listened on is one clear line', async (t) => {
  const a = await startNode(t, 'a');
  const taken = a.addresses()[0]!.replace(/\/p2p\/.*/, '');
  await assert.rejects(startNode(t, 'b', {}, [], { listen: [taken] }), {
    code: 'failure',
    message: `cannot listen on ${taken}: the address is in use`,
  });
  await assert.rejects(startNode(t, 'b', {}, [], { listen: ['/ip4/203.0.113.9/tcp/0'] }), /has no such address$/);
  await assert.rejects(startNode(t, 'b', {}, [], { listen: ['localhost:4001'] }), { code: 'usage' });
  await assert.rejects(startNode(t, 'b', {}, [], { bootstrap: ['localhost'] }), { code: 'usage' });
});

test('more than ten peers on loopback still hear everything', async (t) => {
  const hub = await startNode(t, 'hub', { onTxs: async () => 'accept' }, [], { peersMin: 0 });
  const heard = new Set<number>();
  const leaves = await Promise.all(
    Array.from({ length: 14 }, (_, i) =>
      startNode(t, `leaf ${i}`, { onTxs: async () => (heard.add(i) ? 'accept' : 'ignore') }, [hub], { peersMin: 1 }),
    ),
  );
  await until('all connected', () => hub.peers().length === 14);
  // gossipsub scores addresses once a second: give a penalty the time to show
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  await until('published', async () => (await leaves[0]!.publishTx(utf8('to all'))) > 0);
  await until('all heard', () => heard.size === 13);
});

test('threat 22: small questions for thousands of headers are answered for as long as a joining node has them', async (t) => {
  const asked = { headers: 0, ancestors: 0 };
  const a = await startNode(
    t,
    'a',
    {
      headersAfter: () => {
        asked.headers += 1;
        return [utf8('header')];
      },
      ancestors: () => {
        asked.ancestors += 1;
        return [utf8('header')];
      },
    },
    [],
    { clock: { now: () => 1_000_000 } },
  );
  const b = await startNode(t, 'b', {}, [a]);
  await connected(a, b);
  const id = new Uint8Array(32);
  const cycle = 60_480;
  for (let left = cycle; left > 0; left -= LIMITS.headers)
    await b.requestAncestors(a.peerId, id, Math.min(left, LIMITS.headers));
  const busy = (error: unknown) => isFailure(error) && error.code === 'temporary';
  await assert.rejects(async () => {
    for (let i = 0; i < 10; i++) await b.requestHeaders(a.peerId, [id], LIMITS.headers);
  }, busy);
  assert.ok(asked.ancestors > 30 && asked.headers < 5, `${asked.ancestors} and ${asked.headers}`);
  await b.requestStatus(a.peerId);
});
