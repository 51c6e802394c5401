import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Network, NetworkHandlers } from '../../src/lib/net/network.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { yard } from '../helpers/processes.js';
import { all, Solo } from '../helpers/solo.js';
import { startNode, until } from '../net/nodes.js';

/** A peer of the same network that means no good. */
async function evil(
  t: TestContext,
  solo: Solo,
  name: string,
  handlers: Partial<NetworkHandlers> = {},
): Promise<Network> {
  const { network_id, addresses, peer_id } = await solo.rpc.call('node.status', {});
  const options = { genesisId: fromHex(network_id)!, bootstrap: addresses };
  const network = await startNode(t, name, handlers, [], options);
  await until('connected', () => network.peers().includes(peer_id));
  return network;
}

/** The node hung up, and takes no call for a while: the peer dials it again ten times a second. */
async function cutOff(solo: Solo, network: Network): Promise<void> {
  const { peer_id } = await solo.rpc.call('node.status', {});
  await until('cut off', () => !network.peers().includes(peer_id));
  for (let i = 0; i < 10; i++) {
    await sleep(100);
    assert.equal((await solo.rpc.call('node.status', {})).peers, 0);
  }
}

/** It still mines, and still answers. */
async function lives(solo: Solo): Promise<void> {
  const { height } = await solo.rpc.call('chain.status', {});
  await solo.height(height + 2);
}

test('garbage from peers: the peer is cut off, and the node lives on', async (t) => {
  const { dir, quiet } = await yard(t);
  const solo = await Solo.create(dir);
  await solo.start(...solo.unlocked, ...solo.mining);
  await solo.height(5);

  const publishing: [name: string, publish: (network: Network) => Promise<number>][] = [
    ['headers of noise', (network) => network.publishHeader(randomBytes(200))],
    ['transactions of noise', (network) => network.publishTx(randomBytes(200))],
    ['headers with a bit turned', async (network) => network.publishHeader(await turned(solo))],
  ];
  for (const [name, publish] of publishing) {
    await t.test(name, async (t) => {
      const network = await evil(t, solo, name);
      const { peer_id } = await solo.rpc.call('node.status', {});
      await until(`${name} lead to a ban`, async () => {
        await publish(network);
        return !network.peers().includes(peer_id);
      });
      await cutOff(solo, network);
      await lives(solo);
    });
  }

  await t.test('a chain that is claimed, and is noise', async (t) => {
    const claim = { height: 1_000_000, id: new Uint8Array(randomBytes(32)), work: 1n << 100n };
    const headersAfter = () => [new Uint8Array(randomBytes(200))];
    const { tip } = await solo.rpc.call('chain.status', {});
    const network = await evil(t, solo, 'boaster', { status: () => claim, headersAfter });
    await cutOff(solo, network);
    await lives(solo);
    const blocks = await solo.run(['chain', 'tail', '-n', '1000', '-q']);
    assert.ok(blocks.stdout.includes(tip));
  });

  await t.test('true headers over bodies that are noise', async (t) => {
    await liar(t, solo);
  });

  await solo.stop();
  assert.deepEqual(await quiet(5000), []);
});

/** The header of a block, one of its bits turned; never the same twice. */
async function turned(solo: Solo): Promise<Uint8Array> {
  const { height } = await solo.rpc.call('chain.status', {});
  const { header } = await solo.rpc.call('chain.raw', { height });
  const bytes = fromHex(header)!;
  const at = randomBytes(4).readUInt32LE() % (bytes.length * 8);
  bytes[at >> 3]! ^= 1 << (at & 7);
  return bytes;
}

/** The height of a block with a body: those of empty blocks are not asked for. */
async function fullBlock({ rpc, address }: Solo): Promise<number> {
  await all(rpc.records('wallet.send', { to: address, amount: '100000000' }));
  for (;;) {
    const [line] = await all(rpc.records('wallet.history', { kind: 'transfer' }));
    if (line) return line.height;
    await sleep(100);
  }
}

/** A newcomer that knows a liar alone takes no false block from it; from an honest node it then takes the chain. */
async function liar(t: TestContext, honest: Solo): Promise<void> {
  const full = await fullBlock(honest);
  const { height, tip } = await honest.rpc.call('chain.status', {});
  const headers: Uint8Array[] = [];
  for (let at = 1; at <= height; at++)
    headers.push(fromHex((await honest.rpc.call('chain.raw', { height: at })).header)!);
  const { network_id, addresses } = await honest.rpc.call('node.status', {});
  let asked = 0;
  const network = await startNode(
    t,
    'liar',
    {
      status: () => ({ height, id: fromHex(tip)!, work: 1n << 100n }),
      headersAfter: () => headers,
      body: () => {
        asked += 1;
        return [new Uint8Array(randomBytes(100))];
      },
    },
    [],
    { genesisId: fromHex(network_id)! },
  );
  const newcomer = honest.beside('newcomer');
  const peer = (address: string) => ['--peer', address];
  await newcomer.start(...network.addresses().flatMap(peer));
  await until('it asked for bodies', () => asked > 0);
  await cutOff(newcomer, network);
  assert.equal((await newcomer.rpc.call('chain.status', {})).height, full - 1);
  await newcomer.stop();
  await newcomer.start(...addresses.flatMap(peer));
  await newcomer.height(height);
  const blocks = await newcomer.run(['chain', 'tail', '-n', '1000', '-q']);
  assert.ok(blocks.stdout.includes(tip));
  await newcomer.stop();
}
