import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as v from 'valibot';
import { awardLots } from '../../src/lib/node/awards.js';
import type { BountyEntry, KeptContract } from '../../src/lib/node/entries.js';
import { stewardHandlers } from '../../src/lib/node/handlers/steward.js';
import { bountyKey } from '../../src/lib/node/indexer.js';
import { KeptRecord } from '../../src/lib/rpc/records.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { noise, recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

const { signal } = new AbortController();
const hexOf = (name: string) => toHex(noise(name, 32));

const blobsOf = ({ context, seen }: TestNode) =>
  recordsOf(stewardHandlers(context, seen)['steward.blobs']({}, { signal }));
const totalsOf = ({ context, seen }: TestNode) => stewardHandlers(context, seen)['steward.totals']({}, { signal });

async function stewardOf(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  return { world, owner, steward, uuid, contract: outcome!.contract! };
}

test('a blob from its first day on: live, late, prunable; an owner keeps none', async (t) => {
  const { world, owner, steward, uuid, contract } = await stewardOf(t);
  const [first] = await blobsOf(steward);
  v.parse(KeptRecord, first);
  assert.deepEqual([first!.uuid, first!.state, first!.contracts, first!.earned_grains], [uuid, 'live', 1, '0']);
  const { price, size, startSlot } = steward.context.books.kept.get(utf8(contract))!;
  assert.equal(first!.size, size);
  assert.ok(first!.next_slot! >= startSlot + world.params.daySlots && first!.kept_until_slot! > first!.next_slot!);
  assert.ok(BigInt(first!.next_amount_grains!) > BigInt(first!.owed_grains));
  await world.mineTo(first!.next_slot! + 1);
  const [late] = await blobsOf(steward);
  assert.equal(late!.state, 'late');
  assert.ok(BigInt(late!.owed_grains) >= (price * BigInt(size)) >> 30n, 'more than a day');
  await world.mineTo(first!.kept_until_slot! + 1);
  assert.equal((await blobsOf(steward))[0]!.state, 'prunable');
  const totals = await totalsOf(steward);
  assert.deepEqual([totals.blobs, totals.late, totals.prunable, totals.prunable_bytes], [1, 0, 1, size]);
  assert.deepEqual(await blobsOf(owner), []);
  const nothing = await totalsOf(owner);
  assert.deepEqual([nothing.blobs, nothing.owed_grains, nothing.next, nothing.last_end], [0, '0', null, null]);
});

test('of many blobs each comes once, with its own contracts and bounties, and the totals are their sums', async (t) => {
  const { steward, contract } = await stewardOf(t);
  const { books } = steward.context;
  const like = books.kept.get(utf8(contract))!;
  const uuids = Array.from({ length: 40 }, (_, i) => hexOf(`blob ${i}`));
  const kept = uuids.flatMap((uuid, i): KeptContract[] =>
    Array.from({ length: i % 4 }, (_, j) => {
      const state = i % 5 === 0 || j === 2 ? 'pruned' : 'live';
      return { ...like, id: hexOf(`contract ${i} ${j}`), uuid, state, earned: BigInt(100 * i + j), size: 1000 + i };
    }),
  );
  // Also for blobs that no contract is on, before and behind all others.
  const paid = ['00'.repeat(32), 'ff'.repeat(32), ...uuids.filter((_, i) => i % 3 === 0)];
  const bounties = paid.map((uuid, i): BountyEntry => {
    const item = { name: noise(`name ${i}`, 32), nonce: noise(`nonce ${i}`, 32) };
    return {
      ...{
        id: hexOf(`bounty ${i}`),
        role: 'steward',
        txid: hexOf('tx'),
        key: noise('key', 32),
        amount: 5n,
        payee: null,
      },
      items: [{ uuid, contract: null, index: null, item, amount: 5n }],
      ...{ opened: 1, openedHeight: 1, expires: 10 ** 9, closed: null, fits: i % 2 === 0 ? null : false },
      ...{ failed: false, closing: null, settled: false },
    };
  });
  await books.commit([
    ...kept.map((entry) => books.kept.put(utf8(entry.id), entry)),
    ...bounties.map((entry) => books.bounties.put(bountyKey('steward', entry.id), entry)),
  ]);
  const records = await blobsOf(steward);
  const all = [like, ...kept];
  const wanted = [...new Set(all.filter(({ state }) => state !== 'pruned').map(({ uuid }) => uuid))].sort();
  assert.deepEqual(
    records.map(({ uuid }) => uuid),
    wanted,
  );
  for (const record of records) {
    v.parse(KeptRecord, record);
    const mine = all.filter(({ uuid }) => uuid === record.uuid);
    assert.equal(record.contracts, mine.filter(({ state }) => state !== 'pruned').length);
    assert.equal(
      BigInt(record.earned_grains),
      mine.reduce((sum, { earned }) => sum + earned, 0n),
    );
    const open = bounties.find(({ items, fits }) => items[0]!.uuid === record.uuid && fits !== false);
    assert.equal(record.bounty, open?.id ?? null);
    assert.equal(record.kept_until_slot === 10 ** 9, open !== undefined);
  }
  const totals = await totalsOf(steward);
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  assert.equal(totals.blobs, records.length);
  assert.equal(totals.contracts, sum(records.map(({ contracts }) => contracts)));
  assert.equal(totals.stored_bytes, sum(records.map(({ size }) => size)));
  assert.equal(
    BigInt(totals.owed_grains),
    records.reduce((total, { owed_grains }) => total + BigInt(owed_grains), 0n),
  );
});
