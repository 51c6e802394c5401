import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { perform } from '../../src/lib/node/acts.js';
import { advertRecord } from '../../src/lib/node/adverts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { archiveBounties } from '../../src/lib/node/bookkeeping.js';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { bountyOf } from '../../src/lib/node/lookup.js';
import { claimable, sweepBounties } from '../../src/lib/node/sweeps.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { chunks, noise, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

const signal = new AbortController().signal;
const common = { dryRun: false };

async function awarded(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  return { world, owner, steward, uuid, contract: outcome!.contract! };
}

test('a bid that names no peer wins nothing, and holds up nobody', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const griefer = await world.join('griefer', { rich: true });
  const steward = await world.join('steward', { rich: true });
  Object.defineProperty(griefer.network, 'peerIdBytes', { value: Uint8Array.of(1, 2, 3) });
  const uuids = [await putBlob(owner, 'one'), await putBlob(owner, 'two')];
  const advert = await advertiseBlobs(world, owner, uuids);
  await bidAll(world, advert, [
    [griefer, 9n],
    [steward, 3n],
  ]);
  const outcomes = await awardLots(owner.context, advert);
  assert.equal(outcomes.filter(({ contract }) => contract !== null).length, 1);
  const { lots } = owner.context.books.adverts.get(utf8(advert))!;
  const left = lots.find(({ state }) => state === 'unfilled');
  assert.equal(left?.tried.length, 1, 'the account is excluded from the next advert');
  assert.deepEqual(
    advertRecord(owner.context, advert)
      .winners.map(({ peer }) => peer)
      .sort(),
    ['', steward.peerId],
  );
});

test("at a term's end a blob that no other contract keeps counts as live no longer", async (t) => {
  const { owner, uuid, contract } = await awarded(t);
  const { books, blobs } = owner.context;
  assert.equal(books.blobs.get(utf8(uuid))!.state, 'live');
  await perform(owner.context, owner.performers, { kind: 'end', contract, requestId: `end/${contract}` });
  assert.equal(await blobs.has(uuid), false);
  assert.equal(books.blobs.get(utf8(uuid))!.state, 'mia');
  assert.equal(books.owned.get(utf8(contract))!.state, 'ended');
});

test('an open bounty is for whoever holds the bytes, for pay or not', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const holder = await world.join('holder', { rich: true });
  const stranger = await world.join('stranger', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const body = chunks(noise('blob', 3000));
  await blobHandlers(holder.context)['blob.put']({ name: null, allowEmpty: false }, body, { signal });
  const post = { ...common, blob: uuid, amount: 50_000n };
  const { bounty } = await bountyHandlers(owner.context, owner.performers.answers)['bounty.post'](post, { signal });
  await world.mine();
  assert.deepEqual(await claimable(stranger.context, stranger.performers.answers), []);
  const found = await claimable(holder.context, holder.performers.answers);
  assert.deepEqual(
    found.map(({ id }) => id),
    [bounty],
  );
  await holder.context.books.exclusive(() => sweepBounties(holder.context, holder.performers.answers, found, {}));
  await world.mine();
  assert.equal(bountyState(owner.context, bountyOf(owner.context, 'owner', bounty)!), 'claimed');
});

test('a bounty that is over for good leaves the way of the ticks, and is found still', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const handlers = bountyHandlers(owner.context, owner.performers.answers);
  const { bounty } = await handlers['bounty.post']({ ...common, blob: uuid, amount: 50_000n }, { signal });
  await world.mine();
  const found = await claimable(owner.context, owner.performers.answers);
  await owner.context.books.exclusive(() => sweepBounties(owner.context, owner.performers.answers, found, {}));
  await world.mineMany(world.params.k);
  await archiveBounties(owner.context);
  assert.ok(
    (await owner.context.books.bounties.all()).some(({ id }) => id === bounty),
    'it may yet be undone',
  );
  await world.mineMany(2);
  await owner.keepUp();
  await archiveBounties(owner.context);
  assert.deepEqual(await owner.context.books.bounties.all(), []);
  assert.equal(bountyOf(owner.context, 'owner', bounty)!.closed!.how, 'swept');
  assert.equal((await handlers['bounty.show']({ bounty }, { signal })).state, 'settled');
});
