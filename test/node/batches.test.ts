import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { payeeKey } from '../../src/lib/bounty/payee.js';
import { readAdvert } from '../../src/lib/chain/state.js';
import { hmacSha256 } from '../../src/lib/crypto/hash.js';
import { perform } from '../../src/lib/node/acts.js';
import { commitBid, revealBid } from '../../src/lib/node/adverts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { bountyKey } from '../../src/lib/node/indexer.js';
import { contractItem } from '../../src/lib/node/payments.js';
import { postBounty } from '../../src/lib/node/posting.js';
import { ask } from '../../src/lib/node/requests.js';
import { takeSnapshot } from '../../src/lib/node/snapshot.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { claimable } from '../../src/lib/node/sweeps.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import type { Split } from '../../src/lib/plan/pay.js';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import { stewardPlan } from '../../src/lib/plan/steward.js';
import type { Act } from '../../src/lib/rpc/snapshot.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { Failure, isFailure } from '../../src/lib/util/errors.js';
import { recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, payAct, putBlob, RESERVE } from './market.js';

const SIZES = [3000, 6000, 3000, 3000];

/** An owner whose blobs one steward keeps, each won in an auction of its own. */
async function contracted(t: TestContext, sizes = SIZES) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuids: string[] = [];
  const adverts: string[] = [];
  for (const [i, size] of sizes.entries()) {
    uuids.push(await putBlob(owner, `blob ${i}`, size));
    adverts.push(await advertiseBlobs(world, owner, [uuids[i]!]));
  }
  const { context } = steward;
  const each = async (work: (advert: string) => Promise<unknown>) => {
    for (const advert of adverts) await context.books.exclusive(() => work(advert));
    await world.mine();
  };
  await each((advert) => commitBid(context, { advert, price: RESERVE }));
  const last = readAdvert(context.ledger.state, fromHex(adverts.at(-1)!)!)!;
  await world.mineTo(last.closes + 1);
  await each((advert) => revealBid(context, advert, ask('reveal', { advert })));
  await world.mineTo(last.revealsUntil + 1);
  await world.mineMany(world.params.settleDepth);
  const contracts: string[] = [];
  for (const advert of adverts) contracts.push((await awardLots(owner.context, advert))[0]!.contract!);
  return { world, owner, steward, uuids, contracts };
}

const act = (node: TestNode, what: Act) => perform(node.context, node.performers, what);
const ownerEntry = (node: TestNode, id: string) => node.context.books.bounties.get(bountyKey('owner', id))!;
const stewardEntry = (node: TestNode, id: string) => node.context.books.bounties.get(bountyKey('steward', id))!;
const owned = (node: TestNode, id: string) => node.context.books.owned.get(utf8(id))!;
const kept = (node: TestNode, id: string) => node.context.books.kept.get(utf8(id))!;
const policy = parsePolicy({ minPeers: 1 });

/** What the controller would do about payments now. */
async function plan({ context, performers, seen }: TestNode, split?: Split): Promise<Act[]> {
  const { owner, steward, ...now } = await takeSnapshot(context, performers.answers, seen);
  const view = { now: { ...now, synced: true, params: context.params }, random: (label: string) => hash(label) };
  const standing = { standing: null, account: now.account! };
  const acts: Act[] = [
    ...stewardPlan({ ...view, ...steward, ...standing }),
    ...ownerPlan({ ...view, ...owner, policy: { ...policy, dust: now.dust }, split }),
  ];
  return acts.filter(({ kind }) => PAYMENTS.includes(kind));
}
const PAYMENTS = ['pay', 'settle', 'revoke', 'poll', 'mia', 'sweep', 'prune'];
const hash = (label: string) => hmacSha256(new Uint8Array(32), utf8(label));

async function run(world: World, nodes: TestNode[], slots: number, split?: Split): Promise<Act[]> {
  const done: Act[] = [];
  for (const end = world.slot + slots; world.slot < end; await world.mine({ slots: 4 })) {
    for (const node of nodes) {
      await node.keepUp();
      for (const one of await plan(node, split)) {
        await act(node, one);
        done.push(one);
      }
    }
  }
  return done;
}

test('one bounty pays for all, one signature claims it, and both books deal it over the contracts', async (t) => {
  const { world, owner, steward, uuids, contracts } = await contracted(t);
  const records = await act(owner, payAct(owner, contracts, { amount: 50_000n }));
  const id = records[0]!.subject!;
  assert.deepEqual(
    records.map(({ blob, subject, amount_grains }) => [blob, subject, amount_grains]),
    uuids.map((uuid) => [uuid, id, '50000']),
  );
  await world.mine();
  const [entry, ...more] = await claimable(steward.context, steward.performers.answers);
  assert.deepEqual([entry!.id, more], [id, []]);
  assert.deepEqual(
    entry!.items.map(({ uuid, contract, index }) => [uuid, contract, index]),
    uuids.map((uuid, i) => [uuid, contracts[i], 0]),
  );
  await act(steward, { kind: 'sweep', bounties: [id], requestId: 'sweep' });
  await world.mineMany(world.params.settleDepth + 1);
  assert.ok(balanceOf(steward.context, entry!.payee!) > 198_000n);
  await steward.keepUp();
  // Twice the size earned twice as much; what the division leaves goes to the first.
  const earned = contracts.map((contract) => kept(steward, contract).earned);
  assert.equal(
    earned.reduce((sum, one) => sum + one, 0n),
    200_000n,
  );
  assert.ok(earned[1]! > 78_000n && earned[1]! < 82_000n && earned[0]! >= earned[2]!, `${earned}`);
  assert.deepEqual(
    stewardEntry(steward, id).items.map(({ amount }) => amount),
    earned,
  );
  for (const [i, contract] of contracts.entries()) {
    assert.equal(ownerEntry(owner, id).settled, false);
    const settle = { confidence: 1, paidUntilSlot: 10, dueSlot: 20, credit: 0n, requestId: `settle/${i}` };
    await act(owner, { kind: 'settle', contract, bounty: id, ...settle });
    const { paid, bounty, payIndex } = owned(owner, contract);
    assert.deepEqual([paid, bounty, payIndex], [50_000n, null, 1]);
  }
  assert.equal(ownerEntry(owner, id).settled, true);
  await world.mineMany(world.params.k);
  for (const node of [owner, steward]) {
    await node.keepUp();
    assert.deepEqual(await node.context.books.bounties.all(), []);
  }
});

test('a bounty is listed with its items, under each of its blobs', async (t) => {
  const { world, owner, uuids, contracts } = await contracted(t, [3000, 3000]);
  const [paid] = await act(owner, payAct(owner, contracts, { amount: 50_000n }));
  await world.mine();
  const handlers = bountyHandlers(owner.context, owner.performers.answers);
  for (const blob of uuids) {
    const [record, ...rest] = await recordsOf(handlers['bounty.ls']({ blob }, { signal: t.signal }));
    assert.deepEqual([record!.bounty, record!.items, record!.blob, rest], [paid!.subject, 2, uuids[0], []]);
  }
  const shown = await handlers['bounty.show']({ bounty: paid!.subject! }, { signal: t.signal });
  assert.deepEqual([shown.amount_grains, shown.blobs], ['100000', uuids]);
});

test('a batch is refused whole where one of its contracts cannot be paid so', async (t) => {
  const { owner, contracts } = await contracted(t, [3000, 3000]);
  const good = payAct(owner, contracts, { amount: 50_000n });
  const [first, second] = good.items as [(typeof good.items)[0], (typeof good.items)[0]];
  const bad: [Partial<typeof good>, RegExp][] = [
    [{ items: [first, { ...second, payIndex: 1 }] }, /came first/],
    [{ items: [first, { ...second, contract: 'ab'.repeat(32) }] }, /no contract/],
    [{ items: [first, first] }, /each contract once/],
    [{ amount: good.amount + 1n }, /each contract once/],
    [{ requestId: 'pay/another' }, /each contract once/],
  ];
  for (const [change, message] of bad)
    await assert.rejects(
      act(owner, { ...good, ...change }),
      (error) => isFailure(error) && message.test(error.message),
    );
  assert.deepEqual(
    contracts.map((contract) => owned(owner, contract).payIndex),
    [0, 0],
  );
});

/** Nobody answers this owner's polls. */
function silence({ network }: TestNode): void {
  network.poll = async () => {
    throw new Failure('unreachable', 'no answer');
  };
}

/** The steward's bytes of a blob go bad, which it does not know. */
async function rot({ context }: TestNode, uuid: string): Promise<void> {
  writeFileSync((await context.blobs.locate(uuid))!.path, 'rotten');
}

test('threat 27: one bad blob starves its batch', async (t) => {
  const starved = async (options: { says: boolean; slots: number; split?: Split }) => {
    const { world, owner, steward, uuids, contracts } = await contracted(t);
    if (!options.says) silence(owner);
    await rot(steward, uuids[2]!);
    const done = await run(world, [owner, steward], options.slots, options.split);
    const pauses = contracts.map((contract) => kept(steward, contract).pause !== undefined);
    const states = contracts.map((contract) => owned(owner, contract).state);
    const paid = contracts.map((contract) => kept(steward, contract).earned > 0n);
    const named = done.flatMap((one) => (one.kind === 'pay' ? [one.items.map(({ contract }) => contract)] : []));
    const pays = named.filter((items) => items.includes(contracts[2]!)).map(({ length }) => length);
    return { states, paid, pauses, pays };
  };
  // Posted again as it was: nobody is ever paid, nobody found out.
  const off = await starved({ says: false, slots: 170, split: () => 0 });
  assert.deepEqual([off.paid, off.states], [Array(4).fill(false), Array(4).fill('live')]);
  const on = await starved({ says: false, slots: 170 });
  assert.deepEqual(on.paid, [true, true, false, true]);
  assert.deepEqual(on.states, ['live', 'live', 'mia', 'live']);
  assert.deepEqual(on.pauses, [true, true, false, true]);
  // All; its half; alone; once more.
  assert.deepEqual(on.pays, [4, 2, 1, 1]);
  // A steward that signs what it lost saves the others the halving.
  const told = await starved({ says: true, slots: 90 });
  assert.deepEqual([told.paid, told.states], [on.paid, on.states]);
  assert.deepEqual(told.pays, [4]);
});

test('threat 27: killed between the halves, the other half follows, and nothing twice', async (t) => {
  const { world, owner, steward, uuids, contracts } = await contracted(t);
  await rot(steward, uuids[0]!);
  silence(owner);
  const [paid] = await act(owner, payAct(owner, contracts, { amount: 50_000n }));
  await world.mine();
  await world.mineTo(ownerEntry(owner, paid!.subject!).expires! + 1);
  for (const one of await plan(owner)) if (one.kind === 'poll') await act(owner, one);
  const halves = async () => (await plan(owner)).flatMap((one) => (one.kind === 'pay' ? [one] : []));
  const [left, right] = await halves();
  // The first write is the payment's; that of its outcome, and all that follows, never happens.
  const { write } = owner.db;
  let writes = 0;
  owner.db.write = async (batch) => {
    writes += 1;
    if (writes > 1) throw new Error('killed');
    return write.call(owner.db, batch);
  };
  await assert.rejects(act(owner, left!), /killed/);
  owner.db.write = write;
  const again = await halves();
  assert.deepEqual(
    again.map(({ requestId }) => requestId),
    [right!.requestId],
  );
  // The controller asks for what it had written down, and then for what is planned.
  for (const one of [left!, again[0]!, right!]) await act(owner, one);
  assert.deepEqual(await halves(), []);
  await world.mine();
  const posted = (await owner.context.books.bounties.all()).filter(({ role }) => role === 'owner');
  assert.deepEqual(posted.map(({ items }) => items.length).sort(), [2, 2, 4]);
  assert.ok(posted.every((entry) => bountyState(owner.context, entry) !== 'failed'));
  assert.deepEqual(
    contracts.map((contract) => owned(owner, contract).payIndex),
    [2, 2, 2, 2],
  );
  const nonces = posted.flatMap(({ items }) => items.map(({ item }) => Buffer.from(item.nonce).toString('hex')));
  assert.equal(new Set(nonces).size, 8);
});

/** A batch of all contracts, with a card of another blob where `junk` says so. */
async function postBatch(owner: TestNode, contracts: string[], junk?: number): Promise<string> {
  const { context } = owner;
  const items = contracts.map((id) => contractItem(context, owned(owner, id), 50_000n));
  if (junk !== undefined) {
    const other = context.books.blobs.get(utf8(await putBlob(owner, 'another blob')))!;
    items[junk] = { ...items[junk]!, blob: { ...items[junk]!.blob, deck: other.deck } };
  }
  const { payee } = payeeOf(owner, contracts[0]!);
  const durationSlots = context.params.derived.claimWindowSlots;
  const { bounty } = await context.books.exclusive(() => postBounty(context, { items, payee, durationSlots }));
  return bounty.id;
}

function payeeOf(owner: TestNode, contract: string) {
  const { payee, secret, payIndex } = owned(owner, contract);
  return { payee: payeeKey(payee, secret, payIndex) };
}

test('threats 8 and 9: a batch whose key fits nothing is no payment for any of its blobs, and pauses nothing', async (t) => {
  const { world, owner, steward, contracts } = await contracted(t);
  const id = await postBatch(owner, contracts, 1);
  await world.mine();
  assert.deepEqual(await claimable(steward.context, steward.performers.answers), []);
  assert.equal(stewardEntry(steward, id).fits, false);
  assert.deepEqual(
    contracts.map((contract) => kept(steward, contract).pause),
    contracts.map(() => undefined),
  );
  // Due, and unpaid beyond their grace: all go, the bounty or no bounty.
  const done = await run(world, [steward], 80);
  assert.equal(done.filter(({ kind }) => kind === 'prune').length, contracts.length);
});

test('a batch that names what this steward does not know cannot be claimed, and pauses nothing', async (t) => {
  const { world, owner, steward, uuids, contracts } = await contracted(t, [3000, 3000]);
  await act(steward, { ...prune(uuids[1]!, contracts[1]!) });
  const [paid] = await act(owner, payAct(owner, contracts, { amount: 50_000n }));
  await world.mine();
  const entry = stewardEntry(steward, paid!.subject!);
  assert.deepEqual([entry.fits, entry.items.map(({ uuid }) => uuid)], [false, [uuids[0]]]);
  assert.deepEqual(await claimable(steward.context, steward.performers.answers), []);
  assert.equal(kept(steward, contracts[0]!).pause, undefined);
});

const prune = (uuid: string, contract: string) => ({
  ...{ kind: 'prune' as const, uuid, bytes: 0, reason: 'unpaid' as const },
  ...{ contracts: [contract], requestId: `prune/${contract}` },
});

test('while a disk is missing grace does not pause: its bytes may be as good as ever', async (t) => {
  const { world, owner, steward, uuids, contracts } = await contracted(t, [3000, 3000]);
  await act(owner, payAct(owner, contracts, { amount: 50_000n }));
  await world.mine();
  const { blobs } = steward.context;
  const seek = blobs.seek.bind(blobs);
  const missing = new Failure('temporary', 'a disk is missing');
  blobs.seek = async (uuid) => (uuid === uuids[1] ? { missing } : seek(uuid));
  const { answers } = steward.performers;
  assert.deepEqual(await claimable(steward.context, answers), []);
  assert.equal(kept(steward, contracts[0]!).pause, undefined);
  blobs.seek = seek;
  assert.equal((await claimable(steward.context, answers)).length, 1);
});
