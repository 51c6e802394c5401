import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readAccount, readBounty } from '../../src/lib/chain/state.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { perform } from '../../src/lib/node/acts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import { catchUp } from '../../src/lib/node/catch-up.js';
import type { FunderEntry } from '../../src/lib/node/entries.js';
import { fundAccounts, fundsOf, nextFunder, readyFunders } from '../../src/lib/node/funders.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { walletHandlers } from '../../src/lib/node/handlers/wallet.js';
import { bountyKey } from '../../src/lib/node/indexer.js';
import { takeSnapshot } from '../../src/lib/node/snapshot.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { aheadSlots } from '../../src/lib/plan/fund.js';
import { equal, fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { bob } from '../chain/helpers.js';
import { recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, payAct, putBlob, RESERVE } from './market.js';

const AMOUNT = 50_000n;
const act = (node: TestNode, what: Parameters<typeof perform>[2]) => perform(node.context, node.performers, what);
const ownerEntry = (node: TestNode, id: string) => node.context.books.bounties.get(bountyKey('owner', id))!;
const fundAct = (first: number, amounts: bigint[]) => ({
  ...{ kind: 'fund' as const, first, amounts, requestId: `fund/${first}` },
});

async function bare(t: TestContext) {
  const world = new World(t);
  const node = await world.join('owner', { rich: true, reserve: false });
  const post = (blob: string, change: object = {}) =>
    bountyHandlers(node.context, node.performers.answers)['bounty.post'](
      { blob, amount: AMOUNT, dryRun: false, ...change },
      { signal: t.signal },
    );
  return { world, node, post };
}

async function funders(node: TestNode): Promise<FunderEntry[]> {
  return (await node.context.books.accounts.all()).flatMap((entry) => (entry.kind === 'funder' ? [entry] : []));
}

/** Grains of this wallet, wherever they lie. */
async function wealth({ context }: TestNode): Promise<bigint> {
  let sum = 0n;
  for (const { address } of await context.books.accounts.all()) sum += balanceOf(context, address);
  return sum;
}

const age = async (world: World, node: TestNode) => {
  await world.mineMany(world.params.k + 2);
  await node.keepUp();
};

test('accounts are made by one transfer, in reserve once they lie settle_depth deep, and their numbers are taken once', async (t) => {
  const { world, node } = await bare(t);
  const [record] = await act(node, fundAct(1, [80_000n, 90_000n]));
  assert.equal(record!.act, 'fund');
  assert.deepEqual((await fundsOf(node.context)).coming, [80_000n, 90_000n]);
  await world.mine();
  assert.deepEqual(await readyFunders(node.context), [], 'a reorganisation might make them anew');
  await world.mineMany(world.params.settleDepth);
  const ready = await readyFunders(node.context);
  assert.deepEqual(ready.map(({ account, amount }) => [account, amount]).sort(), [
    [1, 80_000n],
    [2, 90_000n],
  ]);
  assert.deepEqual(await act(node, fundAct(1, [80_000n, 90_000n])), [record], 'asked again, it was done');
  await assert.rejects(act(node, { ...fundAct(2, [80_000n]) }), /came first/);
  assert.equal(nextFunder(node.context), 3);
});

test('threat 24: killed as it is written down, a funding was not made; killed after, it is made once', async (t) => {
  const { world, node } = await bare(t);
  node.failNextWrite = true;
  await assert.rejects(act(node, fundAct(1, [80_000n])), /disk|space/);
  assert.deepEqual([nextFunder(node.context), node.network.published.length], [1, 0]);
  const write = node.db.write;
  let writes = 0;
  node.db.write = async (batch) => {
    writes += 1;
    // The transaction is written, what the act came to is not.
    if (writes > 1) throw new Error('killed');
    return write(batch);
  };
  await assert.rejects(act(node, fundAct(1, [80_000n])), /killed/);
  node.db.write = write;
  await act(node, fundAct(1, [80_000n]));
  await world.mineMany(world.params.settleDepth + 1);
  assert.equal((await readyFunders(node.context)).length, 1);
  assert.equal(nextFunder(node.context), 2);
});

test('each bounty has an account of its own; what comes back goes there, signed by it, and is gathered', async (t) => {
  const { world, node, post } = await bare(t);
  await world.stock(node, [100_000n, 100_000n, 300_000n]);
  const before = await wealth(node);
  const bounties: string[] = [];
  for (const name of ['one', 'two']) bounties.push((await post(await putBlob(node, name))).bounty);
  const used = bounties.map((id) => ownerEntry(node, id).funder!);
  assert.ok(!equal(used[0]!, used[1]!) && used.every((address) => !equal(address, node.main)));
  await world.mine();
  for (const [i, id] of bounties.entries()) {
    assert.deepEqual(readBounty(node.context.ledger.state, fromHex(id)!)!.funder, used[i]);
  }
  const { expires } = ownerEntry(node, bounties[0]!);
  await world.mineTo(expires! + 2);
  for (const bounty of bounties) await act(node, { kind: 'revoke', bounty, requestId: `revoke/${bounty}` });
  await world.mine();
  for (const [i, id] of bounties.entries()) {
    assert.equal(bountyState(node.context, ownerEntry(node, id)), 'revoked');
    assert.ok(balanceOf(node.context, used[i]!) > AMOUNT);
  }
  assert.deepEqual((await fundsOf(node.context)).left, [], 'not before it is over for good');
  await age(world, node);
  const { left } = await fundsOf(node.context);
  assert.equal(left.length, 2);
  for (const { account, seq } of left) {
    const gather = { kind: 'gather' as const, account, seq, requestId: `gather/${account}/${seq}` };
    const [first] = await act(node, gather);
    assert.deepEqual(await act(node, gather), [first]);
  }
  assert.deepEqual((await fundsOf(node.context)).left, [], 'on its way');
  await world.mine();
  for (const address of used) assert.equal(readAccount(node.context.ledger.state, address), undefined, 'no dust');
  await node.keepUp();
  assert.deepEqual((await funders(node)).map(({ stage }) => stage).sort(), ['done', 'done', 'reserve']);
  // But for fees nothing is lost, and none of it counts as spent.
  const fees = before - (await wealth(node));
  assert.ok(fees > 0n && fees < 20_000n, `${fees} grains of fees`);
  const { spent, returned } = node.context.books.turnover.get();
  assert.ok(spent - returned < 20_000n);
});

test('posted by hand without a reserve, an account is made and waited for; whoever hangs up waits no longer', async (t) => {
  const { world, node, post } = await bare(t);
  const blob = await putBlob(node, 'blob');
  const posted = post(blob, { requestId: 'r1' });
  let done = false;
  void posted.then(() => {
    done = true;
  });
  while (node.network.published.length === 0) await new Promise(setImmediate);
  await world.mine();
  assert.equal(done, false);
  await world.mineMany(world.params.settleDepth);
  const { bounty } = await posted;
  assert.ok(!equal(ownerEntry(node, bounty).funder!, node.main));
  assert.equal((await funders(node)).length, 1, 'made once, however many blocks it took');
  assert.equal((await post(blob, { requestId: 'r1' })).spent_grains, '0');

  const hung = new AbortController();
  const waiting = bountyHandlers(node.context, node.performers.answers)['bounty.post'](
    { blob, amount: AMOUNT, dryRun: false },
    { signal: hung.signal },
  );
  hung.abort(new Error('hung up'));
  await assert.rejects(waiting, /hung up/);
  const planned = await post(blob, { dryRun: true });
  assert.equal(planned.state, 'planned');
});

test('a payment without a reserve is refused for now, and posts nothing', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true, reserve: false });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  const contract = outcome!.contract!;
  const pay = payAct(owner, [contract], { amount: AMOUNT });
  const before = await owner.dump();
  await assert.rejects(act(owner, pay), (error) => isFailure(error) && error.code === 'temporary');
  assert.deepEqual(await owner.dump(), before);
  await world.stock(owner, [1_000_000n]);
  const [paid] = await act(owner, pay);
  await world.mine();
  assert.equal(bountyState(owner.context, ownerEntry(owner, paid!.subject!)), 'open');
});

test('a snapshot says what accounts are made for: lots of auctions, payments that will be due, what is open', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const { context, performers, seen } = owner;
  const funds = async () => (await takeSnapshot(context, performers.answers, seen)).owner.funds!;
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  assert.deepEqual((await funds()).lots, [{ price: RESERVE, size: 3000, count: 1 }]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(context, advert);
  const { lots, open } = await funds();
  assert.deepEqual([lots, open], [[], null]);
  const { dueSlot } = context.books.owned.get(utf8(outcome!.contract!))!;
  world.slot = dueSlot - 1;
  const contract = context.books.owned.get(utf8(outcome!.contract!))!;
  // Else it is looked at sooner, to be asked about.
  await context.books.commit([
    context.books.owned.put(utf8(contract.id), { ...contract, outbox: { askedSlot: dueSlot } }),
  ]);
  assert.deepEqual(
    (await funds()).soon.map(({ id }) => id),
    [contract.id],
  );
  world.slot = context.ledger.tip.slot;
  await act(owner, payAct(owner, [outcome!.contract!], { amount: AMOUNT }));
  await world.mine();
  const paid = await funds();
  assert.deepEqual(paid.open, { amount: AMOUNT, items: 1 });
  const ahead = aheadSlots(world.params);
  const { expires } = [...(await context.books.bounties.all())].find(({ role }) => role === 'owner')!;
  for (const [slot, count] of [
    [expires! - ahead - 1, 0],
    [expires! - ahead, 1],
  ] as const) {
    world.slot = slot;
    assert.equal((await funds()).soon.length, count);
  }
});

test('the balance counts them and shows them apart; a send takes from the reserve last', async (t) => {
  const { world, node } = await bare(t);
  const { ledger } = node.context;
  const whole = balanceOf(node.context, node.main);
  await world.stock(node, [whole / 2n]);
  const handlers = walletHandlers(node.context);
  const balance = await handlers['wallet.balance']({}, { signal: t.signal });
  assert.equal(balance.funding_grains, `${whole / 2n}`);
  assert.equal(BigInt(balance.balance_grains), balanceOf(node.context, node.main) + whole / 2n);
  const send = (amount: bigint) =>
    recordsOf(handlers['wallet.send']({ to: formatAddress(bob.address), amount, dryRun: false }, { signal: t.signal }));
  assert.equal((await send(1_000n)).length, 1);
  await world.mine();
  assert.equal((await readyFunders(node.context)).length, 1);
  await send((whole * 3n) / 4n);
  assert.deepEqual(await readyFunders(node.context), [], 'no bounty is posted from it any more');
  await world.mine();
  assert.equal(balanceOf(node.context, bob.address), 1_000n + (whole * 3n) / 4n);
  assert.ok(readAccount(ledger.state, (await funders(node))[0]!.address));
});

test('restored from the words alone: reserve, leftovers and what is in open bounties is found and gathered', async (t) => {
  const { world, node, post } = await bare(t);
  // Some are used up and gone, so that no gap tells where the others are.
  await act(
    node,
    fundAct(
      1,
      Array.from({ length: 16 }, () => 70_000n),
    ),
  );
  await world.mineMany(world.params.settleDepth + 1);
  const { bounty } = await post(await putBlob(node, 'blob'));
  await world.mine();
  for (const { account, seq } of (await readyFunders(node.context)).filter(
    (one) => one.account > 1 && one.account < 9,
  )) {
    await act(node, { kind: 'gather', account, seq, requestId: `gather/${account}/${seq}` });
  }
  await world.mine();
  const { books, ledger } = node.context;
  const known = await funders(node);
  const standing = known.filter(({ address }) => readAccount(ledger.state, address));
  const before = await wealth(node);
  // The words, and nothing else.
  await books.commit([
    ...known.map(({ address }) => books.accounts.delete(address)),
    books.bounties.delete(bountyKey('owner', bounty)),
    books.setCounter('funder', 0),
    books.setRestored({ whole: true, height: 0 }),
  ]);
  await world.join('peer');
  await catchUp(node.context, node.indexer);
  assert.equal(books.restored, undefined);
  assert.equal(await wealth(node), before);
  const found = await funders(node);
  const addresses = (entries: FunderEntry[]) => entries.map(({ address }) => toHex(address)).sort();
  assert.deepEqual(addresses(found.filter(({ stage }) => stage === 'left')), addresses(standing));
  assert.ok(nextFunder(node.context) > 16 + 256, 'no number is used for a second bounty');
  assert.equal((await readyFunders(node.context)).length, 0);
  // What comes back by itself is not lost: the funder of a bounty that nobody remembers is known.
  const gone = readBounty(ledger.state, fromHex(bounty)!)!;
  assert.ok(found.some(({ address }) => equal(address, gone.funder)));
  await world.mineTo(gone.expires + world.params.derived.returnSlots + 2);
  await world.mine();
  assert.equal(readBounty(ledger.state, fromHex(bounty)!), undefined);
  assert.ok((await fundsOf(node.context)).left.some(({ amount }) => amount >= AMOUNT));
});

test('restored from an older backup, a reserve that the original may have used is gathered', async (t) => {
  const { world, node } = await bare(t);
  await world.stock(node, [80_000n]);
  const { books } = node.context;
  const counter = nextFunder(node.context);
  const old = await funders(node);
  await act(node, fundAct(counter, [90_000n]));
  await world.mine();
  const since = (await funders(node)).filter(({ index }) => index >= counter);
  await books.commit([
    ...since.map(({ address }) => books.accounts.delete(address)),
    books.setCounter('funder', counter),
    books.setRestored({ whole: true, height: node.context.ledger.tip.height - 1 }),
  ]);
  await world.join('peer');
  await catchUp(node.context, node.indexer);
  assert.equal((await fundsOf(node.context)).left.length, old.length + since.length);
});

test('a funding that can no longer be included is looked after no more, and the next takes other numbers', async (t) => {
  const { world, node } = await bare(t);
  const made = await node.context.books.exclusive(() => fundAccounts(node.context, [80_000n]));
  const { books } = node.context;
  await books.commit([books.pending.delete(Buffer.from(made.txid))]);
  node.context.mempool.remove([fromHex(made.txid)!], world.slot);
  await node.keepUp();
  assert.deepEqual((await fundsOf(node.context)).coming, []);
  assert.deepEqual(
    (await funders(node)).map(({ stage }) => stage),
    ['done'],
  );
  await act(node, fundAct(2, [80_000n]));
  await world.mineMany(world.params.settleDepth + 1);
  assert.deepEqual(
    (await readyFunders(node.context)).map(({ account }) => account),
    [2],
  );
});
