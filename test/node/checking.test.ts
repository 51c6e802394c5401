import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { perform } from '../../src/lib/node/acts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

async function contracted(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  const contract = outcome!.contract!;
  const { books } = owner.context;
  const owned = () => books.owned.get(utf8(contract))!;
  const deck = () => books.blobs.get(utf8(uuid))!.deck;
  const check = async (counts = true) => {
    const slot = owned().spot!.slot!;
    const act = { kind: 'check' as const, contract, slot, counts, againSlot: slot + 100 };
    const [record] = await perform(owner.context, owner.performers, { ...act, requestId: `check/${contract}/${slot}` });
    return record!;
  };
  return { world, owner, steward, contract, owned, deck, check };
}

test('a new contract has its first check within its first interval; a piece that is served passes', async (t) => {
  const { owned, deck, check } = await contracted(t);
  const { startSlot, dueSlot, spot } = owned();
  assert.ok(spot!.slot! >= startSlot && spot!.slot! < dueSlot);
  assert.equal(deck().probes!.length, deck().cards.length);
  const record = await check();
  assert.deepEqual([record.status, record.message], ['done', null]);
  assert.deepEqual(owned().spot, { slot: null, failures: 0 });
  assert.equal(deck().probe, 1);
});

test('threat 10: other bytes, too few, none or another blob: each is a failure, and burns its probe', async (t) => {
  const { steward, owned, deck, check } = await contracted(t);
  const { slot } = owned().spot!;
  const lies: ((body: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>)[] = [
    async function* (body) {
      for await (const piece of body) yield piece.map((byte) => byte ^ 1);
    },
    async function* () {},
    () => {
      throw new Failure('not-found', 'not held, or not yours to read');
    },
  ];
  for (const [i, lie] of lies.entries()) {
    steward.network.onTransfer = lie;
    assert.equal(typeof (await check()).message, 'string');
    assert.deepEqual(owned().spot, { slot: slot! + 100 * (i + 1), failures: i + 1 });
    assert.equal(deck().probe, i + 1);
  }
  steward.network.onTransfer = (body) => body;
  assert.equal((await check()).message, null);
  assert.deepEqual(owned().spot, { slot: null, failures: 0 });
});

test('threat 17: what fails while few peers are seen is tried again, and not held against the steward', async (t) => {
  const { steward, owned, check } = await contracted(t);
  const { slot } = owned().spot!;
  steward.network.onTransfer = async function* () {};
  await check(false);
  assert.deepEqual(owned().spot, { slot: slot! + 100, failures: 0 });
});

test('threat 24: asked again after its outcome was booked, a check is not booked twice', async (t) => {
  const { owner, steward, contract, owned, deck, check } = await contracted(t);
  const slot = owned().spot!.slot!;
  steward.network.onTransfer = async function* () {};
  await check();
  const before = [owned(), deck()];
  const act = { kind: 'check' as const, contract, slot, counts: true, againSlot: slot + 100 };
  await perform(owner.context, owner.performers, { ...act, requestId: `check/${contract}/${slot}/cut off` });
  assert.deepEqual([owned(), deck()], before);
});

test('a deck without a probe left passes: the next deal brings new ones', async (t) => {
  const { owner, steward, owned, check, deck } = await contracted(t);
  const { books } = owner.context;
  const { uuid } = owned();
  const blob = books.blobs.get(utf8(uuid))!;
  await books.commit([books.blobs.put(utf8(uuid), { ...blob, deck: { ...deck(), probe: deck().probes!.length } })]);
  steward.network.onTransfer = async function* () {};
  assert.equal((await check()).message, null);
  assert.equal(owned().spot!.slot, null);
});
