import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Host } from '../../src/lib/net/host.js';
import { silentLog } from '../../src/lib/net/log.js';
import { clocksOf, reached, serveOutlook } from '../../src/lib/net/outlook.js';
import { Scores } from '../../src/lib/net/score.js';
import { call, type Wiring } from '../../src/lib/net/streams.js';
import { encodeCbor } from '../../src/lib/util/cbor.js';
import { systemClock } from '../../src/lib/util/clock.js';
import { bareHost, connected, startNode } from './nodes.js';

const PROTOCOL = '/test/outlook/1';

function wire(host: Host): Wiring {
  return { host, scores: new Scores(systemClock, silentLog, () => {}), log: silentLog, bodyMs: () => 1000 };
}

/** An asker, and one that answers by a clock that is so far ahead. */
async function two(t: TestContext, aheadMs = 0) {
  const [asker, answerer] = await Promise.all([bareHost(t, 'asker'), bareHost(t, `answerer ${aheadMs}`)]);
  const wiring = wire(answerer);
  await serveOutlook(wiring, PROTOCOL, { now: () => Date.now() + aheadMs });
  await asker.dial(answerer.getMultiaddrs());
  return { asking: wire(asker), peer: answerer.peerId.toString(), answering: wiring };
}

test('how far the clock of a peer is ahead, or behind', async (t) => {
  for (const aheadMs of [0, 90_000, -3_600_000]) {
    const { asking, peer } = await two(t, aheadMs);
    const offsets = await clocksOf(asking, PROTOCOL, [peer], systemClock);
    // An exchange of up to a second says it to half of that.
    for (const offset of offsets) assert.ok(Math.abs(offset - aheadMs) <= 510, `${offset} for ${aheadMs}`);
    assert.ok(offsets.length <= 1);
  }
});

test('a port that is open is reached, one that is closed is not, and the asker alone is knocked at', async (t) => {
  const { asking, peer } = await two(t);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const anywhere = () => true;
  assert.equal(await reached(asking, PROTOCOL, [peer], port, anywhere), true);
  await new Promise((resolve) => server.close(resolve));
  assert.equal(await reached(asking, PROTOCOL, [peer], port, anywhere), false);
  // Who is on this machine passes no firewall.
  assert.equal(await reached(asking, PROTOCOL, [peer], port), undefined);
});

test('what is not a question is held against the peer', async (t) => {
  const { asking, peer, answering } = await two(t);
  const asker = asking.host.peerId.toString();
  for (const bad of [
    ['dial', 0],
    ['dial', 65_536],
    ['dial', '10.0.0.1', 22],
    ['time', 1],
    ['dial'],
    ['dial', -1],
    ['else'],
  ]) {
    const ask = call(asking, peer, PROTOCOL, async (framed) => {
      await framed.send(encodeCbor(bad));
      await framed.receive(1000, 5000);
    });
    await assert.rejects(ask, JSON.stringify(bad));
  }
  assert.equal(answering.scores.banned(asker), true);
});

test('a node asks its peers, and knows to which of its first it is connected', async (t) => {
  const a = await startNode(t, 'a');
  const b = await startNode(t, 'b', {}, [a], { clock: { now: () => Date.now() - 5_000 } });
  await connected(a, b);
  assert.deepEqual(b.bootstrap(), [{ address: a.addresses()[0], peer: a.peerId, connected: true }]);
  assert.deepEqual(a.bootstrap(), []);
  for (const offset of await b.clocks()) assert.ok(Math.abs(offset - 5_000) <= 510, `${offset}`);
  assert.equal(await b.reached(1), undefined);
});
