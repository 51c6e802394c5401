import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { payeeKey } from '../../src/lib/bounty/payee.js';
import { readBounty } from '../../src/lib/chain/state.js';
import { perform } from '../../src/lib/node/acts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import type { BountyEntry } from '../../src/lib/node/entries.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { bountyKey } from '../../src/lib/node/indexer.js';
import { contractItem } from '../../src/lib/node/payments.js';
import { postBounty } from '../../src/lib/node/posting.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { claimable, sweepBounties } from '../../src/lib/node/sweeps.js';
import { equal, fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, payAct, putBlob } from './market.js';

const AMOUNT = 50_000n;

/** An owner that pays a steward for one blob. */
async function contracted(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  const contract = outcome!.contract!;
  const pay = (index: number, amount = AMOUNT) => payAct(owner, [contract], { amount, index });
  return { world, owner, steward, uuid, contract, pay };
}

const act = (node: TestNode, what: Parameters<typeof perform>[2]) => perform(node.context, node.performers, what);
const stewardEntry = (node: TestNode, id: string) => node.context.books.bounties.get(bountyKey('steward', id));
const ownerEntry = (node: TestNode, id: string) => node.context.books.bounties.get(bountyKey('owner', id))!;

test('pay, sweep, settle: the money arrives where only the steward can spend it, and both books agree', async (t) => {
  const { world, owner, steward, uuid, contract, pay } = await contracted(t);
  const [paid] = await act(owner, pay(0));
  const id = paid!.subject!;
  assert.equal(bountyState(owner.context, ownerEntry(owner, id)), 'pending');
  await world.mine();
  const [entry] = await claimable(steward.context, steward.performers.answers);
  const { item: _item, ...first } = entry!.items[0]!;
  assert.deepEqual([entry!.id, first], [id, { uuid, contract, index: 0, amount: 0n }]);
  const kept = steward.context.books.kept.get(utf8(contract))!;
  assert.deepEqual(entry!.payee, payeeKey(kept.payee, kept.secret, 0));

  const [swept] = await act(steward, { kind: 'sweep', bounties: [id], requestId: `sweep/${id}` });
  assert.equal(swept!.amount_grains, AMOUNT.toString());
  await world.mine();
  assert.equal(bountyState(owner.context, ownerEntry(owner, id)), 'claimed');
  const arrived = balanceOf(steward.context, entry!.payee!);
  assert.ok(arrived > AMOUNT - 2_000n && arrived < AMOUNT, `${arrived} of ${AMOUNT} arrived`);

  await steward.keepUp();
  assert.equal(steward.context.books.kept.get(utf8(contract))!.earned, 0n, 'a claim counts when it is settled');
  await world.mineMany(world.params.settleDepth);
  await steward.keepUp();
  assert.equal(steward.context.books.kept.get(utf8(contract))!.earned, AMOUNT);
  assert.equal(steward.context.books.kept.get(utf8(contract))!.next, 1);
  assert.equal(bountyState(owner.context, ownerEntry(owner, id)), 'settled');
  await act(owner, {
    ...{ kind: 'settle', contract, bounty: id, confidence: 1, paidUntilSlot: 10, dueSlot: 20, credit: 0n },
    requestId: `settle/${id}`,
  });
  const settled = owner.context.books.owned.get(utf8(contract))!;
  assert.deepEqual([settled.confidence, settled.paid, settled.bounty, settled.payIndex], [1, AMOUNT, null, 1]);
  // What was earned can be spent: the wallet has the key to the one-time account.
  const { wallet } = steward.context;
  assert.equal(wallet.sign(entry!.payee!, utf8('message')).length, 64);
});

test('an act asked again gives its first outcome, and the same payment is not posted twice', async (t) => {
  const { world, owner, contract, pay } = await contracted(t);
  const [first] = await act(owner, pay(0));
  await world.mine();
  const sent = owner.network.published.length;
  assert.deepEqual(await act(owner, pay(0)), [first]);
  assert.deepEqual(await act(owner, pay(0, 99_999n)), [first]);
  assert.equal(owner.network.published.length, sent);
  assert.equal(owner.context.books.owned.get(utf8(contract))!.payIndex, 1);
  await assert.rejects(
    act(owner, { ...pay(0), items: [{ ...pay(0).items[0]!, contract: 'ab'.repeat(32) }] }),
    (error) => isFailure(error) && error.code === 'usage',
  );
});

test('threat 24: killed between payment and outcome, the payment is not made again', async (t) => {
  const { world, owner, contract, pay } = await contracted(t);
  const { books } = owner.context;
  const write = owner.db.write;
  // The first write is the payment's; the second, of the outcome, never happens.
  let writes = 0;
  owner.db.write = async (batch) => {
    writes += 1;
    if (writes > 1) throw new Error('killed');
    return write(batch);
  };
  await assert.rejects(act(owner, pay(0)), /killed/);
  owner.db.write = write;
  const [again] = await act(owner, pay(0));
  assert.equal(again!.status, 'done');
  assert.equal(books.owned.get(utf8(contract))!.payIndex, 1);
  await world.mine();
  const posted = (await books.bounties.all()).filter(({ openedHeight }) => openedHeight !== null);
  assert.equal(posted.length, 1);
});

test('threat 25: a card is burnt with its payment, whatever came of it', async (t) => {
  const { owner, uuid: blob } = await contracted(t);
  const post = bountyHandlers(owner.context, owner.performers.answers)['bounty.post'];
  const nonces = new Set<string>();
  for (let i = 0; i < 3; i++) {
    const { bounty } = await post({ blob, amount: AMOUNT, dryRun: false }, { signal: t.signal });
    nonces.add(Buffer.from(ownerEntry(owner, bounty).items[0]!.item.nonce).toString('hex'));
    assert.equal(owner.context.books.blobs.get(utf8(blob))!.deck.next, i + 1);
  }
  assert.equal(nonces.size, 3);
});

test('one payment at a time, numbered, and the same act at once is done once', async (t) => {
  const { world, owner, contract, pay } = await contracted(t);
  await assert.rejects(act(owner, pay(1)), /came first/);
  const [one, other] = await Promise.all([act(owner, pay(0)), act(owner, pay(0))]);
  assert.deepEqual(one, other);
  assert.equal(owner.context.books.owned.get(utf8(contract))!.payIndex, 1);
  await assert.rejects(act(owner, pay(1)), /came first/);
  await world.mine();
  await assert.rejects(act(owner, pay(1)), /came first/);
  assert.equal((await owner.context.books.bounties.all()).length, 1);
});

test('threat 3: a sweep of a contract goes to its payee, whoever would like it elsewhere', async (t) => {
  const { world, owner, steward, pay } = await contracted(t);
  const [paid] = await act(owner, pay(0));
  await world.mine();
  const entry = stewardEntry(steward, paid!.subject!)!;
  const before = balanceOf(owner.context, owner.main);
  await steward.performers.answers.answerable([entry]);
  await steward.context.books.exclusive(() =>
    sweepBounties(steward.context, steward.performers.answers, [entry], { to: owner.main }),
  );
  await world.mine();
  assert.equal(balanceOf(owner.context, owner.main), before);
  assert.ok(balanceOf(owner.context, entry.payee!) > 0n);
});

/** A bounty under the contract's next name, with something about it not as it should be. */
async function postJunk(
  owner: TestNode,
  contract: string,
  junk: { key?: boolean; payee?: Uint8Array },
): Promise<BountyEntry> {
  const { books, params } = owner.context;
  const { secret, payee, uuid, payIndex } = books.owned.get(utf8(contract))!;
  const blob = books.blobs.get(utf8(uuid))!;
  // Another blob's deck: its keys are points like any others.
  const other = junk.key ? books.blobs.get(utf8(await putBlob(owner, 'another blob')))!.deck : blob.deck;
  const { bounty } = await books.exclusive(() =>
    postBounty(owner.context, {
      items: [
        { ...contractItem(owner.context, books.owned.get(utf8(contract))!, AMOUNT), blob: { ...blob, deck: other } },
      ],
      payee: junk.payee ?? payeeKey(payee, secret, payIndex),
      durationSlots: params.derived.claimWindowSlots,
    }),
  );
  return bounty;
}

test('threat 8: a bounty whose key fits nothing is no payment, and cannot be swept', async (t) => {
  const { world, owner, steward, contract } = await contracted(t);
  const { id } = await postJunk(owner, contract, { key: true });
  await world.mine();
  const { answers } = steward.performers;
  assert.deepEqual(await claimable(steward.context, answers), []);
  assert.equal(stewardEntry(steward, id)!.fits, false);
  await assert.rejects(act(steward, { kind: 'sweep', bounties: [id], requestId: 's' }), /do not answer/);
  assert.ok(readBounty(owner.context.ledger.state, fromHex(id)!));
});

test('threat 8: a bounty under a contract that names another payee is no payment', async (t) => {
  const { world, owner, steward, contract } = await contracted(t);
  const { id } = await postJunk(owner, contract, { payee: owner.main });
  await world.mine();
  assert.equal(stewardEntry(steward, id)!.fits, false);
  assert.deepEqual(await claimable(steward.context, steward.performers.answers), []);
});

test('threat 16: a claim whose block is undone is no claim', async (t) => {
  const { world, owner, steward, pay } = await contracted(t);
  const [paid] = await act(owner, pay(0));
  const id = paid!.subject!;
  await world.mine();
  const fork = await world.fork();
  await act(steward, { kind: 'sweep', bounties: [id], requestId: `sweep/${id}` });
  await world.mine();
  assert.equal(bountyState(steward.context, stewardEntry(steward, id)!), 'claimed');
  // Whoever counts at once what is on the chain has been paid by a block that is about to go.
  const params = { ...steward.context.params, settleDepth: 0 };
  const hasty = Object.assign(Object.create(steward.context), { params }) as typeof steward.context;
  assert.equal(bountyState(hasty, stewardEntry(steward, id)!), 'settled');
  await world.reorganise(fork, 2);
  assert.equal(bountyState(steward.context, stewardEntry(steward, id)!), 'open');
  assert.equal(bountyState(owner.context, ownerEntry(owner, id)), 'open');
  // The sweep came back into the pool, and is mined again.
  await world.mine();
  assert.equal(bountyState(owner.context, ownerEntry(owner, id)), 'claimed');
  assert.ok(equal(stewardEntry(steward, id)!.payee!, ownerEntry(owner, id).payee!));
});
