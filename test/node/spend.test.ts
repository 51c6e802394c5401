import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { walletHandlers } from '../../src/lib/node/handlers/wallet.js';
import { balanceOf, spend, spendAll } from '../../src/lib/node/spend.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { bob } from '../chain/helpers.js';
import { recordsOf, type TestNode, World } from './helpers.js';

const fails = (code: FailureCode) => (error: unknown) => isFailure(error) && error.code === code;
const memo = new Uint8Array(0);
const to = formatAddress(bob.address);

const draft = (node: TestNode, amount: bigint) => ({
  draft: { kind: 'transfer' as const, from: node.main, outputs: [{ to: bob.address, amount }], memo },
});

/** Nothing in books, pool or network may differ after the work. */
async function unchanged(node: TestNode, work: () => Promise<unknown>): Promise<void> {
  const { mempool } = node.context;
  const before = [await node.dump(), mempool.all(), node.network.published.length, mempool.pendingSeq(node.main)];
  await work();
  const after = [await node.dump(), mempool.all(), node.network.published.length, mempool.pendingSeq(node.main)];
  assert.deepEqual(after, before);
}

test('a spend is in the books and in the pool before it is published, and arrives', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const { context } = node;
  const { txid, cost, tx } = await context.books.exclusive(() => spend(context, draft(node, 5_000n)));
  assert.equal(cost, 5_000n + tx.fee);
  assert.equal(node.network.published.length, 1);
  assert.deepEqual(context.books.pending.get(utf8(txid))?.includedHeight, null);
  const before = balanceOf(context, node.main);
  await world.mine();
  assert.equal(balanceOf(context, bob.address), 5_000n);
  assert.equal(balanceOf(context, node.main), before - cost);
  assert.equal(context.books.pending.get(utf8(txid))?.includedHeight, context.ledger.tip.height);
});

test('threat 24: where the write fails, pool and books stay as they were, and nothing was published', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  await unchanged(node, async () => {
    node.failNextWrite = true;
    await assert.rejects(spendAll(node.context, [draft(node, 5_000n), draft(node, 6_000n)]), fails('disk-full'));
  });
  await spend(node.context, draft(node, 5_000n));
  assert.equal(node.context.mempool.size, 1);
});

test('a dry run, a limit that is passed, and too little money change nothing', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const two = [draft(node, 5_000n), draft(node, 6_000n)];
  const planned = await spendAll(node.context, two, { dryRun: true });
  const sum = planned.reduce((total, { cost }) => total + cost, 0n);
  assert.deepEqual(
    planned.map(({ record }) => record.status),
    ['planned', 'planned'],
  );
  await unchanged(node, async () => {
    await spendAll(node.context, two, { dryRun: true });
    await assert.rejects(spendAll(node.context, two, { maxSpend: sum - 1n }), fails('over-limit'));
    await assert.rejects(spendAll(node.context, [draft(node, 5_000n), draft(node, 1n << 50n)]), fails('funds'));
  });
  const spent = await spendAll(node.context, two, { maxSpend: sum });
  assert.deepEqual(
    spent.map(({ txid }) => txid),
    planned.map(({ txid }) => txid),
  );
});

test('a wallet without money says so', async (t) => {
  const node = await new World(t).join('poor');
  await unchanged(node, () => assert.rejects(spend(node.context, draft(node, 5_000n)), fails('funds')));
});

test('a repeated request gives the first answer and pays nothing; other arguments are refused', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const handlers = walletHandlers(node.context);
  const request = { to, amount: 5_000n, requestId: 'r1', dryRun: false };
  const send = (params: object) => recordsOf(handlers['wallet.send']({ ...request, ...params }, { signal: t.signal }));
  const [first] = await send({});
  await world.mine();
  await unchanged(node, async () => {
    assert.deepEqual(await send({}), [{ ...first, repeated: true }]);
    assert.deepEqual(await send({ maxSpend: 1n }), [{ ...first, repeated: true }]);
    await assert.rejects(send({ amount: 5_001n }), fails('usage'));
  });
  await send({ requestId: 'r2' });
  assert.equal(node.network.published.length, 2);
});

test('the same request twice at once is paid once', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const handlers = walletHandlers(node.context);
  const request = { to, amount: 5_000n, requestId: 'r1', dryRun: false };
  const send = () => recordsOf(handlers['wallet.send'](request, { signal: t.signal }));
  const [one, other] = await Promise.all([send(), send()]);
  assert.equal(one[0]!.txid, other[0]!.txid);
  assert.equal(node.network.published.length, 1);
});

test('threat 24: a request whose write failed was not made, and is made when asked again', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const handlers = walletHandlers(node.context);
  const request = { to, amount: 5_000n, requestId: 'r1', dryRun: false };
  const send = () => recordsOf(handlers['wallet.send'](request, { signal: t.signal }));
  node.failNextWrite = true;
  await assert.rejects(send(), fails('disk-full'));
  const [made] = await send();
  assert.equal('repeated' in made!, false);
  await world.mine();
  assert.equal(balanceOf(node.context, bob.address), 5_000n);
});
