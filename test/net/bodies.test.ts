import assert from 'node:assert/strict';
import { test } from 'node:test';
import { multiaddr } from '@multiformats/multiaddr';
import { bodyMs, receiveBody, sendBody } from '../../src/lib/net/bodies.js';
import { Framed } from '../../src/lib/net/frames.js';
import { namesFor } from '../../src/lib/net/names.js';
import type { Network } from '../../src/lib/net/network.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { bareHost, GENESIS, sha256, startNode, until } from './nodes.js';

type Context = Parameters<typeof startNode>[0];

const MIB = 2 ** 20;
const SIZE = 16 * MIB;
/** What a transfer may take in these tests. */
const TOTAL_MS = 200;
const impatient = { bodyMs: () => TOTAL_MS, peersMin: 0 };
const BLOB = namesFor(GENESIS).blob;
const ok = (value: Uint8Array | number) => encodeCbor(['ok', value]);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function* zeros(size: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; left -= MIB) yield new Uint8Array(Math.min(MIB, left));
}

/** Sends single bytes, each long before a chunk is late, until it is cut. */
async function trickle(framed: Framed): Promise<void> {
  for (;;) {
    await framed.send(Uint8Array.of(0));
    await sleep(20);
  }
}

/** Takes a chunk now and then, each before the sender takes it for stalled, until it is cut. */
async function sip(framed: Framed): Promise<void> {
  while (await framed.receive(256 * 1024, 5_000)) await sleep(40);
}

/** A peer that answers blob requests by `serve`. */
async function badSteward(t: Context, node: Network, serve: (framed: Framed) => Promise<void>): Promise<string> {
  const host = await bareHost(t, 'bad');
  await host.handle(BLOB, (stream) => void serve(new Framed(stream)).catch(() => {}));
  await host.dial(multiaddr(node.addresses()[0]!));
  const peer = host.peerId.toString();
  await until('met', () => node.peers().includes(peer));
  return peer;
}

/** Runs `transfer` until the node cuts the peer off. It costs a quarter of the points at least. */
async function untilCutOff(node: Network, peer: string, transfer: () => Promise<void>): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const before = performance.now();
    await transfer();
    assert.ok(performance.now() - before < 5_000, 'it was ended in time');
  }
  await until('cut off', () => !node.peers().includes(peer));
}

const get = async (node: Network, peer: string) => {
  const { body } = await node.get(peer, { locator: sha256('a'), prove: () => new Uint8Array(32) });
  for await (const _ of body);
};

test('a transfer has a minute, and a second for each 64 KiB', () => {
  assert.equal(bodyMs(0), 60_000);
  assert.equal(bodyMs(64 * 1024), 61_000);
  assert.equal(bodyMs(MIB), 76_000);
});

test('a steward that trickles a blob out is cut, and scored', async (t) => {
  const node = await startNode(t, 'getter', {}, [], impatient);
  const peer = await badSteward(t, node, async (framed) => {
    await framed.receive(1_000, 5_000);
    await framed.send(ok(new Uint8Array(32)));
    await framed.receive(32, 5_000);
    await framed.send(ok(SIZE));
    await trickle(framed);
  });
  await untilCutOff(node, peer, () => assert.rejects(get(node, peer), { code: 'unreachable', message: /slow/ }));
});

test('a winner that takes the blob in sips is cut, and scored', async (t) => {
  const node = await startNode(t, 'owner', {}, [], impatient);
  const peer = await badSteward(t, node, async (framed) => {
    await framed.receive(1_000, 5_000);
    await framed.send(ok(utf8('signed')));
    await sip(framed);
  });
  const award = () =>
    node.award(peer, { contract: utf8('c'), size: SIZE, body: zeros(SIZE), onSigned: async () => true });
  await untilCutOff(node, peer, () => assert.rejects(award(), { code: 'unreachable', message: /slow/ }));
});

/** A peer of ours that opens a stream and misuses it, until the node cuts it. */
async function badClient(t: Context, node: Network, use: (framed: Framed) => Promise<void>): Promise<void> {
  const host = await bareHost(t, 'bad');
  const address = multiaddr(node.addresses()[0]!);
  await host.dial(address);
  await until('met', () => node.peers().length === 1);
  await untilCutOff(node, host.peerId.toString(), () =>
    assert.rejects(async () => use(new Framed(await host.dialProtocol(address, BLOB)))),
  );
}

test('an owner that trickles a blob in is cut, and scored', async (t) => {
  const onAward = async () => ({
    signed: utf8('signed'),
    size: SIZE,
    receive: async (body: AsyncIterable<Uint8Array>) => {
      for await (const _ of body);
      return utf8('receipt');
    },
  });
  const node = await startNode(t, 'steward', { onAward }, [], impatient);
  await badClient(t, node, async (framed) => {
    await framed.send(encodeCbor(['award', utf8('c')]));
    await framed.receive(1_000, 5_000);
    await trickle(framed);
  });
});

test('a getter that takes a blob in sips is cut, and scored', async (t) => {
  const onGet = async () => ({ size: SIZE, read: (_: number, length: number) => zeros(length) });
  const node = await startNode(t, 'steward', { onGet }, [], impatient);
  await badClient(t, node, async (framed) => {
    await framed.send(encodeCbor(['get', sha256('a'), 0, null]));
    await framed.receive(1_000, 5_000);
    await framed.send(new Uint8Array(32));
    await framed.receive(1_000, 5_000);
    await sip(framed);
  });
});

test('time spent on our own disk is not held against the peer', async (t) => {
  const [a, b] = [await bareHost(t, 'a'), await bareHost(t, 'b')];
  const arrived = new Promise<Framed>((resolve) => {
    void b.handle('/test/1', (stream) => resolve(new Framed(stream)));
  });
  const sender = new Framed(await a.dialProtocol(b.getMultiaddrs(), '/test/1'));
  const slowly = (async function* () {
    for await (const piece of zeros(4 * MIB)) {
      await sleep(200);
      yield piece;
    }
  })();
  const sending = sendBody(sender, slowly, 4 * MIB, 600);
  let received = 0;
  for await (const chunk of receiveBody(await arrived, 4 * MIB, 5_000, 5_000)) received += chunk.length;
  await sending;
  assert.equal(received, 4 * MIB);

  const more = sendBody(sender, zeros(2 * MIB), 2 * MIB, 5_000);
  for await (const chunk of receiveBody(await arrived, 2 * MIB, 5_000, 600)) {
    received += chunk.length;
    await sleep(100);
  }
  await more;
  assert.equal(received, 6 * MIB);
});
