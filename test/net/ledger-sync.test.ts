import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeHeader } from '../../src/lib/chain/encoding.js';
import type { Block } from '../../src/lib/chain/types.js';
import { Synchroniser } from '../../src/lib/net/blocksync.js';
import { chainHandlers, syncLedger } from '../../src/lib/net/ledger-sync.js';
import { silentLog } from '../../src/lib/net/log.js';
import type { Network } from '../../src/lib/net/network.js';
import { compare, equal, utf8 } from '../../src/lib/util/bytes.js';
import { alice, bob, seal, TestChain } from '../chain/helpers.js';
import { connected, startNode, until } from './nodes.js';

type Context = Parameters<typeof startNode>[0];

interface LedgerNode {
  chain: TestChain;
  network: Network;
  sync: Synchroniser;
  added: string[];
}

async function ledgerNode(t: Context, name: string, bootstrap: LedgerNode[] = []): Promise<LedgerNode> {
  const chain = await TestChain.open();
  const added: string[] = [];
  let sync: Synchroniser | undefined;
  const network = await startNode(
    t,
    name,
    {
      ...chainHandlers(chain.ledger),
      onHeader: async (from, bytes) => sync?.onHeader(from, bytes) ?? 'ignore',
      onPeer: (peer, up) => sync?.onPeer(peer, up),
    },
    bootstrap.map((node) => node.network),
    { peersMin: bootstrap.length },
  );
  const view = syncLedger(
    chain.ledger,
    () => 1000,
    ({ status }) => added.push(status),
  );
  sync = new Synchroniser(view, network, silentLog);
  for (const peer of network.peers()) sync.onPeer(peer, true);
  t.after(async () => sync.stop());
  return { chain, network, sync, added };
}

test('real ledgers: catch up, follow, reorganise, refuse', async (t) => {
  const a = await ledgerNode(t, 'a');
  for (let i = 0; i < 40; i++) await a.chain.produce();
  const b = await ledgerNode(t, 'b', [a]);
  const tipsAgree = () => equal(a.chain.ledger.tip.id, b.chain.ledger.tip.id);
  await until('caught up', tipsAgree);
  assert.deepEqual(b.added, Array(40).fill('extended'));

  await until('followed', async () => {
    await a.chain.produce();
    await a.network.publishHeader(encodeHeader(a.chain.ledger.tip.header));
    return b.chain.ledger.tip.height > 40;
  });
  await until('level', tipsAgree);

  // each makes blocks of its own; the one with more work is taken over
  await b.chain.produce([], { slots: 3 });
  await a.chain.produce();
  await a.chain.produce();
  b.sync.sync(a.network.peerId);
  await until('reorganised', tipsAgree);
  // With the first of the two already, where that has the lower id.
  assert.ok(b.added.slice(-2).includes('reorganised'));

  const good = await a.chain.build();
  const stuffed: Block = { header: good.header, body: [utf8('not a transaction')] };
  const unworked = { ...good.header, slot: good.header.slot + 1000 };
  assert.equal(await b.sync.onHeader(a.network.peerId, encodeHeader(unworked)), 'ignore', 'its slot is to come');
  const wrongTarget = { ...good.header, proof: { ...good.header.proof, target: 1n } };
  assert.equal(await b.sync.onHeader(a.network.peerId, encodeHeader(wrongTarget)), 'reject');
  const view = syncLedger(b.chain.ledger, () => 1000);
  await assert.rejects(view.addBlock(encodeHeader(stuffed.header), stuffed.body), (error) => view.blame(error) === 100);
  assert.equal(view.blame(new Error('disk')), 0);
  assert.ok(await seal(good));
});

test('of two tips with equal work all end at the one with the lower id, though nobody announced it', async (t) => {
  const a = await ledgerNode(t, 'a');
  await a.chain.produce();
  const b = await ledgerNode(t, 'b', [a]);
  const tipOf = ({ chain }: LedgerNode) => chain.ledger.tip;
  await until('level', () => equal(tipOf(a).id, tipOf(b).id));
  await Promise.all([a.chain.produce([], { slots: 2 }), b.chain.produce([], { slots: 3 })]);
  const [low, high] = compare(tipOf(a).id, tipOf(b).id) < 0 ? [a, b] : [b, a];
  assert.equal(tipOf(low).work, tipOf(high).work);
  low.sync.sync(high.network.peerId);
  high.sync.sync(low.network.peerId);
  await until('one tip', () => equal(tipOf(a).id, tipOf(b).id));
  assert.deepEqual(high.added.slice(-1), ['reorganised']);
  assert.notDeepEqual(low.added.slice(-1), ['reorganised']);
});

test('a fork deeper than k is not joined, and its peer is not cut off for it', async (t) => {
  const a = await ledgerNode(t, 'a');
  for (let i = 0; i < 10; i++) await a.chain.produce();
  const b = await ledgerNode(t, 'b');
  for (let i = 0; i < 8; i++) await b.chain.produce([], { slots: 3 });
  const before = b.chain.ledger.tip.id;
  await b.network.dialPeer(a.network.peerId).catch(() => {});
  const c = await ledgerNode(t, 'c', [a, b]);
  await connected(c.network, a.network);
  await connected(c.network, b.network);
  await b.network.dialPeer(a.network.peerId);
  b.sync.sync(a.network.peerId);
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.ok(equal(b.chain.ledger.tip.id, before));
  assert.ok(b.network.peers().includes(a.network.peerId));
});

test('a body of the right size that is not the block’s does not fit its header', async () => {
  const chain = await TestChain.open();
  await chain.produce([], { producer: alice.address });
  const pay = (amount: bigint) => {
    const outputs = [{ to: bob.address, amount }];
    return chain.make({ kind: 'transfer', from: alice.address, outputs, memo: new Uint8Array(0) }, alice.signer).bytes;
  };
  const [one, other] = [pay(5_000n), pay(6_000n)];
  assert.equal(one.length, other.length);
  const { header } = await chain.build([one]);
  const { fits } = syncLedger(chain.ledger, () => 1000);
  assert.deepEqual(
    [[one], [other], [], [one, one]].map((body) => fits(encodeHeader(header), body)),
    [true, false, false, false],
  );
});
