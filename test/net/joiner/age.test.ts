import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Synchroniser } from '../../../src/lib/net/blocksync.js';
import { Joiner } from '../../../src/lib/net/joiner/joiner.js';
import { syncLedger } from '../../../src/lib/net/ledger-sync.js';
import { silentLog } from '../../../src/lib/net/log.js';
import { equal } from '../../../src/lib/util/bytes.js';
import { MemoryStore } from '../../chain/helpers.js';
import { counted, startNode, until } from '../nodes.js';
import { aged, FAST, joinLedger, openJoined, populated, type Server } from './world.js';

/** A newcomer joins from two nodes that serve the chain, over the network, and comes to its tip. */
async function join(t: TestContext, server: Server, name: string): Promise<{ bytes: number; ms: number }> {
  const handlers = server.handlers();
  const serving = [];
  for (const peer of ['a', 'b']) serving.push(await startNode(t, `${name} ${peer}`, handlers, [], { peersMin: 0 }));
  const proxies = [];
  for (const node of serving) proxies.push(await counted(t, node));
  const bootstrap = proxies.map(({ address }) => address);
  const network = await startNode(t, `${name} newcomer`, {}, [], { peersMin: 2, bootstrap });
  await until('both met', () => network.peers().length === 2);

  const before = performance.now();
  const store = new MemoryStore();
  const now = () => server.ledger.tip.slot;
  const ledger = joinLedger(store, now);
  const joiner = new Joiner({ network, ledger, log: silentLog, chosen: undefined, patience: FAST });
  await joiner.run(AbortSignal.timeout(8_000));
  const joined = await openJoined(store);
  const sync = new Synchroniser(syncLedger(joined, now), network, silentLog);
  for (const peer of network.peers()) sync.onPeer(peer, true);
  await until('at the tip', () => equal(joined.tip.id, server.ledger.tip.id));
  await sync.stop();
  assert.deepEqual(store.dump('st'), server.store.dump('st'));
  return { bytes: proxies.reduce((sum, { bytes }) => sum + bytes, 0), ms: performance.now() - before };
}

test('joining a chain of ten times the age takes the same bytes', async (t) => {
  const young = await populated(288, 2_000);
  const old = await aged(young, 2_988);
  await young.grow(12);
  const [first, second] = [await join(t, young, 'young'), await join(t, old, 'old')];
  t.diagnostic(`300 blocks: ${first.bytes} bytes, ${first.ms.toFixed(0)} ms`);
  t.diagnostic(`3000 blocks: ${second.bytes} bytes, ${second.ms.toFixed(0)} ms`);
  assert.ok(first.bytes > 60_000);
  assert.ok(Math.abs(second.bytes - first.bytes) < first.bytes / 10, `${first.bytes} and ${second.bytes} bytes`);
});
