import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { perform } from '../../src/lib/node/acts.js';
import { awardLots } from '../../src/lib/node/awards.js';
import type { KeptContract, OwnedContract } from '../../src/lib/node/entries.js';
import { contractHandlers } from '../../src/lib/node/handlers/contracts.js';
import { termEnd } from '../../src/lib/plan/interval.js';
import { noticeSlots, overlapSlots } from '../../src/lib/plan/notice.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

/** An owner and a steward that keeps one blob of its. */
async function contracted(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  const contract = outcome!.contract!;
  return { world, owner, steward, uuid, contract };
}

let polled = 0;
async function poll(owner: TestNode, contract: string, endSlot: number | null = null) {
  polled += 1;
  const [record] = await perform(owner.context, owner.performers, {
    ...{ kind: 'poll', contract, endSlot, requestId: `poll/${contract}/${polled}` },
  });
  return record!;
}

const end = ({ context }: TestNode, contract: string, dryRun = false) =>
  contractHandlers(context)['contract.end']({ contract, dryRun }, { signal: new AbortController().signal });
const owned = ({ context }: TestNode, id: string): OwnedContract => context.books.owned.get(utf8(id))!;
const kept = ({ context }: TestNode, id: string): KeptContract => context.books.kept.get(utf8(id))!;
const change = async ({ context: { books } }: TestNode, id: string, to: Partial<OwnedContract & KeptContract>) => {
  const own = books.owned.get(utf8(id));
  if (own) await books.commit([books.owned.put(utf8(id), { ...own, ...to } as OwnedContract)]);
  const other = books.kept.get(utf8(id));
  if (other) await books.commit([books.kept.put(utf8(id), { ...other, ...to } as KeptContract)]);
};

test('a steward that holds the blob says so; what it expects next is where restored books go on', async (t) => {
  const { world, owner, steward, contract } = await contracted(t);
  const record = await poll(owner, contract);
  assert.deepEqual([record.subject, record.status, record.message], [contract, 'done', null]);
  assert.deepEqual(owned(owner, contract).outbox, { askedSlot: world.slot });
  assert.equal(owned(owner, contract).payIndex, 0);
  await change(steward, contract, { next: 5, seen: 7 });
  await poll(owner, contract);
  assert.equal(owned(owner, contract).payIndex, 7);
  await change(steward, contract, { next: 1_000_000 });
  await poll(owner, contract);
  assert.equal(owned(owner, contract).payIndex, 7, 'not by whatever it likes');
});

test('a steward that missed the blocks learns from the question which names to expect, and no more of them', async (t) => {
  const { owner, steward, contract } = await contracted(t);
  await change(owner, contract, { payIndex: 2 ** 20 });
  await poll(owner, contract);
  const { next, seen } = kept(steward, contract);
  assert.deepEqual([next, seen], [2 ** 20 - 4, 2 ** 20]);
  assert.equal(owned(owner, contract).payIndex, 2 ** 20);
  await change(owner, contract, { payIndex: 3 });
  await poll(owner, contract);
  assert.equal(kept(steward, contract).next, next, 'never back');
});

test('a steward whose blob is gone signs that it lost it', async (t) => {
  const { owner, steward, uuid, contract } = await contracted(t);
  await steward.context.blobs.remove(uuid);
  await poll(owner, contract);
  assert.equal(owned(owner, contract).lost, true);
});

test('whatever goes wrong, the steward counts as asked, and what it said before stays', async (t) => {
  const { world, owner, steward, contract } = await contracted(t);
  let old: Uint8Array | undefined;
  owner.network.onAnswer = (answer) => {
    old = answer;
    return answer;
  };
  await poll(owner, contract);
  const before = owned(owner, contract);
  const lies: ((answer: Uint8Array) => Uint8Array)[] = [
    () => old!,
    (answer) => answer.map((byte, i) => (i === answer.length - 1 ? byte ^ 1 : byte)),
    () => new Uint8Array(300),
    () => {
      throw new Failure('unreachable', 'the stream broke');
    },
  ];
  for (const lie of lies) {
    await world.mine();
    owner.network.onAnswer = lie;
    await change(steward, contract, { next: 9 });
    const { message, status } = await poll(owner, contract);
    assert.equal(status, 'done');
    assert.ok(message);
    assert.deepEqual(owned(owner, contract), { ...before, outbox: { askedSlot: world.slot } });
  }
});

test('no other wallet hears of a contract, nor moves its end', async (t) => {
  const { world, owner, steward, contract } = await contracted(t);
  const thief = await world.join('thief', { rich: true });
  const { books } = thief.context;
  await books.commit([books.owned.put(utf8(contract), owned(owner, contract))]);
  const advert = [...(await owner.context.books.adverts.all())][0]!;
  await books.commit([books.adverts.put(utf8(advert.id), advert)]);
  const before = kept(steward, contract);
  const { message } = await poll(thief, contract, world.slot + 1);
  assert.match(message!, /no such contract of yours/);
  assert.deepEqual(kept(steward, contract), before);
});

test("a steward's notice waits in its outbox and runs from the moment its owner hears of it", async (t) => {
  const { world, owner, steward, contract } = await contracted(t);
  const agreed = termEnd(kept(steward, contract));
  const told = await end(steward, contract);
  assert.deepEqual([told.notice, told.notice_told, told.end_slot], ['steward', false, agreed]);
  await world.mineMany(3);
  const ends = world.slot + noticeSlots(0, world.params);
  assert.ok(ends < agreed);
  await poll(owner, contract);
  for (const entry of [owned(owner, contract), kept(steward, contract)]) {
    assert.deepEqual([entry.notice?.by, entry.notice?.told, termEnd(entry)], ['steward', true, ends]);
  }
  await world.mineMany(3);
  await poll(owner, contract);
  assert.equal(termEnd(owned(owner, contract)), ends, 'told once, it stands');
});

test("an owner's notice is granted from the day it is told; the steward cannot stretch it further", async (t) => {
  const { world, owner, steward, contract } = await contracted(t);
  const asked = world.slot + noticeSlots(0, world.params);
  assert.equal((await end(owner, contract, true)).end_slot, asked);
  assert.equal(owned(owner, contract).notice, undefined, 'a plan changes nothing');
  const told = await end(owner, contract);
  assert.deepEqual([told.notice, told.notice_told, told.end_slot], ['owner', false, asked]);
  await world.mine();
  assert.equal((await end(owner, contract)).end_slot, asked, 'given twice it stands');
  assert.equal(kept(steward, contract).notice, undefined);
  await world.mineMany(4);
  const granted = world.slot + noticeSlots(0, world.params);
  await poll(owner, contract, asked);
  for (const entry of [owned(owner, contract), kept(steward, contract)]) {
    assert.deepEqual([entry.notice?.by, entry.notice?.told, termEnd(entry)], ['owner', true, granted]);
  }
  await change(steward, contract, { termSlots: 100_000 });
  await poll(owner, contract);
  assert.ok(termEnd(owned(owner, contract)) <= world.slot + noticeSlots(0, world.params));
});

test('what is over needs no notice, and what is unknown can have none', async (t) => {
  const { owner, uuid, contract } = await contracted(t);
  await assert.rejects(end(owner, uuid), { code: 'not-found' });
  await change(owner, contract, { state: 'ended' });
  await assert.rejects(end(owner, contract), { code: 'failure', message: /is ended/ });
});

test('at its end a blob goes over to a new steward: the old contract ends there, paid and told', async (t) => {
  const { world, owner, steward, uuid, contract } = await contracted(t);
  const successor = await world.join('successor', { rich: true });
  const old = owned(owner, contract);
  await world.mineTo(termEnd(old) - overlapSlots(world.params));
  const again = await advertiseBlobs(world, owner, [uuid]);
  assert.equal(owner.context.books.blobs.get(utf8(uuid))!.state, 'live');
  await bidAll(world, again, [[successor, 4n]]);
  assert.ok(world.slot < termEnd(old), 'in time');
  const [outcome] = await awardLots(owner.context, again);
  const handed = owned(owner, contract);
  const renewed = owned(owner, outcome!.contract!);
  assert.equal(termEnd(handed), renewed.startSlot);
  assert.deepEqual(handed.notice, { by: 'owner', givenSlot: renewed.startSlot, told: false });
  assert.equal(owner.context.books.blobs.get(utf8(uuid))!.contract, renewed.id);
  await poll(owner, contract, termEnd(handed));
  assert.equal(termEnd(kept(steward, contract)), renewed.startSlot);
  await perform(owner.context, owner.performers, { kind: 'mia', contract, uuid, requestId: `mia/${contract}` });
  assert.equal(owner.context.books.blobs.get(utf8(uuid))!.state, 'live', 'the new steward keeps it');
});
