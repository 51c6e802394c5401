import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Stream } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import { Framed } from '../../src/lib/net/frames.js';
import { namesFor } from '../../src/lib/net/names.js';
import type { Network } from '../../src/lib/net/network.js';
import { u32be } from '../../src/lib/util/bytes.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { bareHost, connected, GENESIS, startNode, until } from './nodes.js';

type Context = { after(stop: () => Promise<void>): void };

/** A stream between two hosts: our end raw, the other end framed. */
async function pair(t: Context, sendIdleMs?: number): Promise<{ raw: Stream; framed: Framed }> {
  const a = await bareHost(t, 'a');
  const b = await bareHost(t, 'b');
  const arrived = new Promise<Framed>((resolve) => {
    void b.handle('/test/1', (stream) => resolve(new Framed(stream, sendIdleMs)));
  });
  const raw = await a.dialProtocol(b.getMultiaddrs(), '/test/1');
  return { raw, framed: await arrived };
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What buffers hold that somebody still needs; the process's size tells how lazily garbage is collected, too. */
function heldMiB(): number {
  // Buffers are freed beside the collection that finds them dead; the next one waits for that.
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().arrayBuffers / 2 ** 20;
}

test('frames arrive as they were sent, in whatever pieces', async (t) => {
  const { raw, framed } = await pair(t);
  const frames = [
    new Uint8Array(0),
    Uint8Array.of(1),
    new Uint8Array(300_000).fill(7),
    new Uint8Array(5_000_000).fill(9),
  ];
  const other = new Framed(raw);
  const sent = (async () => {
    for (const frame of frames) await other.send(frame);
    await other.close();
  })();
  for (const frame of frames) assert.ok(Buffer.from(frame).equals((await framed.receive(5_000_000, 5_000))!));
  assert.equal(await framed.receive(10, 5_000), undefined);
  await framed.close();
  await sent;
});

test('a frame split at every byte arrives', async (t) => {
  const { raw, framed } = await pair(t);
  for (const byte of [...u32be(3), 1, 2, 3]) {
    raw.send(Uint8Array.of(byte));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.deepEqual([...(await framed.receive(3, 2_000))!], [1, 2, 3]);
});

test('a frame above the bound, a cut frame and a late one are errors', async (t) => {
  const { raw, framed } = await pair(t);
  raw.send(u32be(1_000));
  await assert.rejects(framed.receive(999, 2_000), { name: 'ProtocolError' });

  const late = await pair(t);
  late.raw.send(u32be(1_000));
  const before = Date.now();
  await assert.rejects(late.framed.receive(1_000, 200), { code: 'unreachable', message: /in time/ });
  assert.ok(Date.now() - before < 2_000);

  const cut = await pair(t);
  cut.raw.send(Uint8Array.of(...u32be(1_000), 1));
  await cut.raw.close();
  await assert.rejects(cut.framed.receive(1_000, 2_000), { code: 'unreachable', message: /middle/ });

  const reset = await pair(t);
  reset.raw.send(u32be(1_000));
  setTimeout(() => reset.raw.abort(new Error('gone')), 50);
  await assert.rejects(reset.framed.receive(1_000, 2_000), { code: 'unreachable' });
});

test('a slow reader holds the sender back: 64 MiB do not queue in memory', async (t) => {
  const { raw, framed } = await pair(t);
  const chunk = new Uint8Array(256 * 1024).fill(1);
  const other = new Framed(raw);
  const count = 256;
  let sent = 0;
  const sending = (async () => {
    for (; sent < count; sent++) await other.send(chunk);
    await other.close();
  })();
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(sent < 40, `${sent} chunks left without a reader`);
  const before = heldMiB();
  let worst = 0;
  let held = 0;
  let received = 0;
  for (;;) {
    const frame = await framed.receive(chunk.length, 5_000);
    if (!frame) break;
    received += frame.length;
    worst = Math.max(worst, (sent * chunk.length - received) / 2 ** 20);
    if (received % (4 * chunk.length) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    if (received % (32 * chunk.length) === 0) held = Math.max(held, heldMiB());
  }
  await sending;
  assert.equal(received, count * chunk.length);
  assert.ok(worst < 10, `${worst} MiB were under way at once`);
  assert.ok(held - before < 10, `buffers grew from ${before} to ${held} MiB`);
});

test('a reader that stops for good does not hold the sender for ever', async (t) => {
  const { raw, framed } = await pair(t, 300);
  raw.addEventListener('message', () => {});
  raw.pause();
  const sending = (async () => {
    for (;;) await framed.send(new Uint8Array(256 * 1024));
  })();
  await assert.rejects(sending, { code: 'unreachable', message: /stopped reading/ });
});

const garbage: [string, Uint8Array][] = [
  ['noise', Uint8Array.of(...u32be(8), 255, 254, 253, 1, 2, 3, 4, 5)],
  ['an oversize frame', u32be(0xffff_ffff)],
  ['an unknown method', framedCbor(['format', 1])],
  ['a number', framedCbor(7)],
  ['too many ids', framedCbor(['bodies', Array.from({ length: 33 }, () => new Uint8Array(32))])],
  ['a short id', framedCbor(['bodies', [new Uint8Array(31)]])],
  ['a count out of bounds', framedCbor(['headers', [], 2001])],
  ['not the canonical form', Uint8Array.of(...u32be(9), 0x98, 0x01, 0x66, ...Buffer.from('status'))],
  ['a property of every object', framedCbor(['constructor'])],
  ['nested too deep', Uint8Array.of(...u32be(60_000), ...new Uint8Array(60_000).fill(0x81))],
];

function framedCbor(value: Parameters<typeof encodeCbor>[0]): Uint8Array {
  const bytes = encodeCbor(value);
  return Uint8Array.of(...u32be(bytes.length), ...bytes);
}

test('garbage aborts the stream and costs score, until the peer is cut off', async (t) => {
  const node = await startNode(t, 'node', {}, [], { peersMin: 0 });
  for (const [what, bytes] of garbage) {
    const attacker = await bareHost(t, `attacker ${what}`);
    await attacker.dial(multiaddr(node.addresses()[0]!));
    for (let i = 0; i < 60 && attacker.getPeers().length > 0; i++) {
      try {
        const stream = await attacker.dialProtocol(multiaddr(node.addresses()[0]!), namesFor(GENESIS).sync);
        const broken = new Promise((resolve) => stream.addEventListener('close', resolve, { once: true }));
        stream.send(bytes);
        await broken;
      } catch {
        // hung up on in the middle of it
      }
    }
    await until(`cut off for ${what}`, () => !node.peers().includes(attacker.peerId.toString()));
  }
  await stillServes(t, node);
});

async function stillServes(t: Context, node: Network): Promise<void> {
  const friend = await startNode(t, 'friend', {}, [node]);
  await connected(friend, node);
  assert.equal((await friend.requestStatus(node.peerId)).height, 0);
}

test('a peer that answers what was not asked is an error, and scored', async (t) => {
  const node = await startNode(t, 'node', {}, [], { peersMin: 0 });
  const liar = await bareHost(t, 'liar');
  await liar.handle(namesFor(GENESIS).sync, async (stream) => {
    const framed = new Framed(stream);
    await framed.receive(65_536, 1_000);
    await framed.send(encodeCbor(['ok', ['nonsense']]));
    await framed.close();
  });
  await liar.dial(multiaddr(node.addresses()[0]!));
  const peer = liar.peerId.toString();
  await until('connected', () => node.peers().includes(peer));
  // the question for its pool came back as nonsense already
  await assert.rejects(node.requestStatus(peer), { code: 'unreachable', message: /broke the protocol/ });
  await assert.rejects(node.requestHeaders(peer, [], 10), { code: 'unreachable' });
  for (let i = 0; i < 5 && node.peers().includes(peer); i++) await node.requestStatus(peer).catch(() => {});
  await until('cut off', () => !node.peers().includes(peer));
});
