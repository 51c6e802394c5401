import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as v from 'valibot';
import { amountDue } from '../../src/lib/bounty/confidence.js';
import { lookAhead, risksAhead } from '../../src/lib/node/ahead.js';
import { awardLots } from '../../src/lib/node/awards.js';
import type { BlobEntry, OwnedContract } from '../../src/lib/node/entries.js';
import { Lookers } from '../../src/lib/node/lookers.js';
import { LowDecks } from '../../src/lib/node/refill.js';
import { ControllerRecord, RiskRecord } from '../../src/lib/rpc/records.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { noise, recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

const ASK = {
  ...{ days: 3, spendPerDay: null, spendTotal: null, barter: false },
  ...{ maxPrice: null, termDays: null, creditDays: null, awardTries: 3 },
};
type Ask = typeof ASK | Parameters<typeof lookAhead>[2];

async function look(node: TestNode, change: Partial<Ask> = {}) {
  const record = await lookAhead(node.context, new Lookers(), { ...ASK, ...change });
  return v.parse(ControllerRecord, record);
}

const risks = async (node: TestNode, change: Partial<Ask> = {}) =>
  (await recordsOf(risksAhead(node.context, { ...ASK, ...change }))).map((risk) => v.parse(RiskRecord, risk));

async function contracted(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  const { books } = owner.context;
  const key = utf8(outcome!.contract!);
  const owned = () => books.owned.get(key)!;
  return {
    ...{ world, owner, steward, uuid, advert, owned },
    setContract: (change: Partial<OwnedContract>) => books.commit([books.owned.put(key, { ...owned(), ...change })]),
    setBlob: (change: Partial<BlobEntry>) =>
      books.commit([books.blobs.put(utf8(uuid), { ...books.blobs.get(utf8(uuid))!, ...change })]),
  };
}

test('what is due, from what, and what it leaves; the steward counts on the same', async (t) => {
  const { world, owner, steward, owned } = await contracted(t);
  const { daySlots } = world.params;
  const record = await look(owner, { days: 2 });
  const { price, size, dueSlot, startSlot } = owned();
  assert.deepEqual(
    [record.contracts, record.next_slot, record.until_slot],
    [1, dueSlot, world.slot + 2 * daySlots - 1],
  );
  const due = amountDue({ price, size, slots: dueSlot - startSlot, daySlots });
  assert.ok(BigInt(record.costs_grains) >= due && BigInt(record.costs_grains) < due + 10_000_000n);
  assert.ok(BigInt(record.balance_grains) > BigInt(record.costs_grains));
  assert.deepEqual([record.balance_ends, record.limit, record.room_grains, record.decks], [null, null, null, 0]);
  assert.equal(record.income_grains, '0');
  assert.equal(BigInt(record.deficit_grains), BigInt(record.spent_grains) - BigInt(record.returned_grains));
  const other = await look(steward, { days: 2 });
  // It does not know the owner's jitter, and counts on the latest.
  assert.ok(BigInt(other.income_grains) >= due && BigInt(other.income_grains) <= (due * 11n) / 10n);
  assert.deepEqual([other.contracts, other.costs_grains, other.next], [0, '0', null]);
});

test('a balance that does not last, and a limit that is in the way', async (t) => {
  const { owner, setContract } = await contracted(t);
  const [free, limited] = [await look(owner), await look(owner, { spendPerDay: 0n })];
  assert.deepEqual([limited.limit, limited.limit_missing_grains, limited.room_grains], ['day', free.costs_grains, '0']);
  assert.ok(limited.limit_slot! <= free.next_slot!);
  const spent = BigInt(free.spent_grains);
  const last = await look(owner, { spendTotal: spent + BigInt(free.costs_grains) - 1n });
  assert.deepEqual([last.limit, last.limit_missing_grains], ['total', '1']);
  assert.equal((await look(owner, { spendTotal: spent + BigInt(free.costs_grains) })).limit, null);
  assert.equal((await look(owner, { barter: true })).limit, 'barter');
  await setContract({ price: 1n << 60n });
  const poor = await look(owner);
  assert.ok(poor.balance_ends_slot !== null && BigInt(poor.balance_missing_grains!) > BigInt(poor.balance_grains));
});

test('a deck without cards is a risk once neither the bytes, the steward, nor other shares can be had', async (t) => {
  const { owner, owned, uuid, setBlob, setContract } = await contracted(t);
  const { deck } = owner.context.books.blobs.get(utf8(uuid))!;
  await setBlob({ deck: { ...deck, next: deck.cards.length } });
  assert.deepEqual(await risks(owner), [], 'its steward serves it');
  await setContract({ spot: { slot: null, failures: 1 } });
  const [risk] = await risks(owner);
  assert.deepEqual([risk!.why, risk!.uuid, risk!.contract, risk!.slot], ['deck', uuid, owned().id, owned().dueSlot]);
  const { decks, decks_slot } = await look(owner);
  assert.deepEqual([decks, decks_slot], [1, risk!.slot]);
  const low = (limit?: number) => LowDecks.find(owner.context.books, limit);
  assert.deepEqual([(await low()).mayEnd(uuid, 1), (await low()).mayEnd(owned().id, 1)], [true, false]);
  assert.deepEqual([(await low()).mayEnd(owned().id, 9), (await low(1)).mayEnd(owned().id, 1)], [true, true]);
  await setBlob({ deck: { ...deck, next: deck.cards.length - 20 } });
  assert.deepEqual(await risks(owner), [], 'enough cards for these days');
});

test('an end with nothing to follow: no terms are known, or its auction found nobody', async (t) => {
  const { world, owner, owned, uuid, advert, setContract } = await contracted(t);
  const { books } = owner.context;
  assert.deepEqual(await risks(owner, { days: 60 }), [], 'it is advertised again on the terms it was');
  const before = BigInt((await look(owner, { days: 29 })).costs_grains);
  assert.ok(BigInt((await look(owner, { days: 32 })).costs_grains) > before);
  const entry = books.adverts.get(utf8(advert))!;
  await books.commit([books.adverts.delete(utf8(advert))]);
  const [risk] = await risks(owner, { days: 60 });
  const end = owned().startSlot + owned().termSlots;
  assert.deepEqual([risk!.why, risk!.slot], ['end', end]);
  assert.match(risk!.reason, /never advertised/);
  assert.deepEqual(await risks(owner, { days: 3 }), [], 'not within these days');
  await setContract({ notice: { by: 'owner', givenSlot: world.slot, told: true } });
  assert.deepEqual(await risks(owner, { days: 60 }), [], 'its owner ends it');
  await setContract({ notice: undefined as never, termSlots: world.slot + 5 - owned().startSlot });
  const lots = [{ ...entry.lots[0]!, uuid, state: 'unfilled' as const }];
  await books.commit([books.adverts.put(utf8(advert), { ...entry, closes: owned().startSlot + 1, lots })]);
  const [unfilled] = await risks(owner);
  assert.match(unfilled!.reason, /no steward/);
});

test('of many contracts each is counted once, in whatever order, and only what lives', async (t) => {
  const { owner, owned } = await contracted(t);
  const { books } = owner.context;
  const one = await look(owner, { days: 2 });
  const states = ['live', 'live', 'ended', 'mia', 'live'] as const;
  const copies = states.map((state, i) => {
    const [id, uuid] = [toHex(noise(`contract ${i}`, 32)), toHex(noise(`blob ${i}`, 32))];
    return { ...owned(), id, uuid, state };
  });
  await books.commit(copies.map((copy) => books.owned.put(utf8(copy.id), copy)));
  const all = await look(owner, { days: 2 });
  assert.equal(all.contracts, 4);
  assert.ok(
    BigInt(all.costs_grains) > BigInt(one.costs_grains) && BigInt(all.costs_grains) <= 4n * BigInt(one.costs_grains),
  );
});

test('whether a controller follows, and when one looked', async (t) => {
  const world = new World(t);
  const node = await world.join('node', { rich: true });
  const lookers = new Lookers();
  const seen = async () => {
    const { running, looked } = await lookAhead(node.context, lookers, ASK);
    return [running, looked];
  };
  assert.deepEqual(await seen(), [false, null]);
  lookers.looked(0);
  const lines = lookers.whileFollowed(
    (async function* () {
      yield 1;
    })(),
  );
  await lines.next();
  assert.deepEqual(await seen(), [true, '1970-01-01T00:00:00Z']);
  await lines.return(undefined);
  assert.equal((await seen())[0], false);
});
