import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodeSignedTx, txId } from '../../src/lib/chain/encoding.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import { readAccount, readAdvert } from '../../src/lib/chain/state.js';
import type { Tx } from '../../src/lib/chain/types.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { perform } from '../../src/lib/node/acts.js';
import { advertise, commitBid, revealBid } from '../../src/lib/node/adverts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { walletHandlers } from '../../src/lib/node/handlers/wallet.js';
import { bountyKey } from '../../src/lib/node/indexer.js';
import { ask } from '../../src/lib/node/requests.js';
import { resendPending } from '../../src/lib/node/resend.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { bob, carol } from '../chain/helpers.js';
import { recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, payAct, putBlob, RESERVE } from './market.js';

const to = formatAddress(bob.address);

async function rich(t: TestContext) {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const handlers = walletHandlers(node.context);
  const send = (requestId: string, amount = 5_000n) =>
    recordsOf(handlers['wallet.send']({ to, amount, requestId, dryRun: false }, { signal: t.signal }));
  return { world, node, send };
}

/** Empties the pool, as a restart does. */
function forgetPool({ context }: TestNode): void {
  const ids = context.mempool.all().map(({ id }) => id);
  context.mempool.remove(ids, 0);
}

/** The same wallet elsewhere spends the sequence number: what waits here can no longer be included. */
async function spendElsewhere(world: World, node: TestNode, from = node.main): Promise<void> {
  forgetPool(node);
  const { ledger, mempool, params, wallet } = node.context;
  const { seq } = readAccount(ledger.state, from)!;
  const outputs = [{ to: carol.address, amount: 9_000n }];
  const ref = { height: ledger.tip.height, id: ledger.tip.id };
  const bare: Tx = { kind: 'transfer', from, seq, ref, fee: 0n, outputs, memo: new Uint8Array(0) };
  const tx = { ...bare, fee: requiredFee(params, ledger.globals().baseFee, bare) };
  const signed = signTx(tx, params.derived.genesisId, (message) => wallet.sign(from, message));
  mempool.add(encodeSignedTx(signed), world.slot);
  assert.ok(mempool.has(txId(tx)));
  await world.mine();
}

/** Until what is refused all the while counts as failed. */
async function giveUp(world: World, node: TestNode): Promise<void> {
  await resendPending(node.context);
  await world.mineMany(world.params.settleDepth + 1);
  await resendPending(node.context);
}

test('what a restart took out of the pool is sent again, and included', async (t) => {
  const { world, node, send } = await rich(t);
  await send('r1');
  forgetPool(node);
  await resendPending(node.context);
  assert.equal(node.context.mempool.size, 1);
  assert.equal(node.network.published.length, 2);
  await resendPending(node.context);
  assert.equal(node.network.published.length, 2, 'what waits in the pool is not sent again');
  await world.mine();
  assert.equal(balanceOf(node.context, bob.address), 5_000n);
});

test('what lies k deep leaves the pending ones, and its request stays answered', async (t) => {
  const { world, node, send } = await rich(t);
  const [first] = await send('r1');
  await world.mine();
  for (let i = 0; i < world.params.k; i++) await world.mine();
  await resendPending(node.context);
  assert.equal((await node.context.books.pending.all()).length, 1);
  await world.mine();
  await resendPending(node.context);
  assert.deepEqual(await node.context.books.pending.all(), []);
  assert.deepEqual(await send('r1'), [{ ...first, repeated: true }]);
});

test('a transfer that can no longer be included frees its request, which is then made anew', async (t) => {
  const { world, node, send } = await rich(t);
  const [first] = await send('r1');
  await spendElsewhere(world, node);
  await giveUp(world, node);
  assert.deepEqual(await node.context.books.pending.all(), []);
  assert.equal(node.context.books.requests.get(utf8('r1')), undefined);
  const [second] = await send('r1');
  assert.notEqual(second!.txid, first!.txid);
  await world.mine();
  assert.equal(balanceOf(node.context, bob.address), 5_000n);
});

test('what is refused for a short while only is sent again, not booked as failed', async (t) => {
  const { world, node, send } = await rich(t);
  const fork = await world.fork();
  const [first] = await send('r1');
  await spendElsewhere(world, node);
  await resendPending(node.context);
  const pending = () => node.context.books.pending.get(utf8(first!.txid))!;
  assert.equal(pending().refusedHeight, node.context.ledger.tip.height);
  await world.reorganise(fork, 2);
  forgetPool(node);
  await resendPending(node.context);
  assert.equal(pending().refusedHeight, null);
  await world.mine();
  assert.equal(balanceOf(node.context, bob.address), 5_000n);
});

test('what only waits for another to be included is kept', async (t) => {
  const { world, node, send } = await rich(t);
  await send('r1');
  await send('r2', 6_000n);
  const [first, second] = node.context.mempool.all();
  node.context.mempool.remove([first!.id], world.slot);
  assert.equal(node.context.mempool.size, 0, 'the second does not apply without the first');
  await resendPending(node.context);
  assert.equal(node.context.mempool.size, 2);
  assert.ok(node.context.mempool.has(second!.id));
});

test('a reorganisation brings a transaction back, and it is not taken for failed', async (t) => {
  const { world, node, send } = await rich(t);
  await world.mine();
  const fork = await world.fork();
  await send('r1');
  await world.mine();
  await world.reorganise(fork, 2);
  await resendPending(node.context);
  assert.equal((await node.context.books.pending.all())[0]!.includedHeight, null);
  await world.mine();
  assert.equal(balanceOf(node.context, bob.address), 5_000n);
});

test('a post that fails marks its bounty, and asked again posts another with a fresh card', async (t) => {
  const { world, node } = await rich(t);
  const blob = await putBlob(node, 'blob');
  const handlers = bountyHandlers(node.context, node.performers.answers);
  const post = () =>
    handlers['bounty.post']({ blob, amount: 50_000n, requestId: 'p1', dryRun: false }, { signal: t.signal });
  const { bounty } = await post();
  const entry = (id: string) => node.context.books.bounties.get(bountyKey('owner', id))!;
  await spendElsewhere(world, node, entry(bounty).funder);
  await giveUp(world, node);
  assert.equal(bountyState(node.context, entry(bounty)), 'failed');
  const again = await post();
  const nonceOf = (id: string) => entry(id).items[0]!.item.nonce;
  assert.notDeepEqual(nonceOf(again.bounty), nonceOf(bounty));
  await world.mine();
  assert.equal(bountyState(node.context, entry(again.bounty)), 'open');
});

test('an advert that fails is marked, a commit that fails is forgotten, a reveal can be made again', async (t) => {
  const { world, node } = await rich(t);
  const uuid = await putBlob(node, 'blob');
  const { books } = node.context;
  const [made] = await advertise(node.context, [{ uuids: [uuid], reserve: RESERVE, creditDays: 4, termDays: 30 }]);
  await spendElsewhere(world, node);
  await giveUp(world, node);
  assert.equal(books.adverts.get(utf8(made!.entry.id))!.failed, true);

  const advert = await advertiseBlobs(world, node, [uuid]);
  await commitBid(node.context, { advert, price: RESERVE, asked: ask('commit', { requestId: 'c', advert }) });
  assert.ok(books.bids.get(fromHex(advert)!));
  await spendElsewhere(world, node);
  await giveUp(world, node);
  assert.equal(books.bids.get(fromHex(advert)!), undefined);
  assert.equal(books.requests.get(utf8('c')), undefined);

  await commitBid(node.context, { advert, price: RESERVE, asked: ask('commit', { requestId: 'c', advert }) });
  await world.mine();
  const { closes, revealsUntil } = readAdvert(node.context.ledger.state, fromHex(advert)!)!;
  await world.mineTo(closes + 1);
  await revealBid(node.context, advert, ask('reveal', { requestId: 'v', advert }));
  forgetPool(node);
  await world.mineTo(revealsUntil + 1);
  await giveUp(world, node);
  assert.equal(books.bids.get(fromHex(advert)!)!.revealTx, null);
  assert.equal(books.requests.get(utf8('v')), undefined);
});

test('a sweep that comes too late lets go of its bounty', async (t) => {
  const { world, node } = await rich(t);
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(node, 'blob');
  const advert = await advertiseBlobs(world, node, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(node.context, advert);
  const act = payAct(node, [outcome!.contract!], { amount: 50_000n });
  const [paid] = await perform(node.context, node.performers, act);
  await world.mine();
  steward.network.deaf = true;
  await perform(steward.context, steward.performers, { kind: 'sweep', bounties: [paid!.subject!], requestId: 's' });
  const entry = () => steward.context.books.bounties.get(bountyKey('steward', paid!.subject!))!;
  assert.notEqual(entry().closing, null);
  forgetPool(steward);
  await world.mineTo(entry().expires! + 1);
  await giveUp(world, steward);
  assert.equal(entry().closing, null);
  assert.equal(bountyState(steward.context, entry()), 'expired');
});
