import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAdvert } from '../../src/lib/chain/state.js';
import { advertise } from '../../src/lib/node/adverts.js';
import { marketHandlers } from '../../src/lib/node/handlers/market.js';
import type { AdvertRecord } from '../../src/lib/rpc/records.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob, RESERVE } from './market.js';

const never = { signal: new AbortController().signal };

function desk({ context, seen, performers }: TestNode) {
  const { answers, keeping } = performers;
  const handlers = marketHandlers(context, { answers, seen, keeping });
  return {
    ls: async (filter: { open?: boolean; minPrice?: bigint } = {}) => {
      const records: AdvertRecord[] = [];
      const params = { open: filter.open ?? false, minPrice: filter.minPrice };
      for await (const record of handlers['market.ls'](params, never)) records.push(record);
      return records;
    },
    show: (advert: string) => handlers['market.show']({ advert }, never),
  };
}

test('adverts: the owner sees its own at once, everybody when it is on the ledger, and who won it', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const first = await world.join('first', { rich: true, reserve: false });
  const second = await world.join('second', { rich: true, reserve: false });
  const uuid = await putBlob(owner, 'blob');
  const { books } = owner.context;
  const [made] = await books.exclusive(() =>
    advertise(owner.context, [{ uuids: [uuid], reserve: RESERVE, creditDays: 35, termDays: 30 }]),
  );
  const { id } = made!.entry;
  const brief = async (node: TestNode, filter?: Parameters<ReturnType<typeof desk>['ls']>[0]) =>
    (await desk(node).ls(filter)).map(({ advert, state, mine }) => [advert, state, mine]);
  assert.deepEqual(await brief(owner), [[id, 'pending', true]]);
  assert.deepEqual(await brief(owner, { open: true }), []);
  assert.deepEqual(await brief(first), []);
  await assert.rejects(async () => desk(first).show(id), { code: 'not-found' });
  await world.mine();
  assert.deepEqual(await brief(owner), [[id, 'open', true]]);
  assert.deepEqual(await brief(first, { open: true, minPrice: RESERVE }), [[id, 'open', false]]);
  assert.deepEqual(await brief(first, { minPrice: RESERVE + 1n }), []);
  await bidAll(world, id, [
    [first, 4n],
    [second, 2n],
  ]);
  assert.deepEqual(await brief(first, { open: true }), []);
  const shown = await desk(first).show(id);
  assert.deepEqual(shown, { ...(await desk(owner).show(id)), mine: false });
  assert.deepEqual([shown.state, shown.bids, shown.clearing_grains], ['cleared', 2, `${RESERVE / 2n}`]);
  assert.deepEqual(
    shown.winners.map(({ peer }) => peer),
    [first.peerId],
  );
});

test('an advert that has closed is listed, and no longer as open', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const id = await advertiseBlobs(world, owner, [await putBlob(owner, 'blob')]);
  const { closes } = readAdvert(owner.context.ledger.state, fromHex(id)!)!;
  await world.mineTo(closes);
  assert.equal((await desk(owner).ls({ open: true })).length, 1);
  await world.mineTo(closes + 1);
  assert.deepEqual(await desk(owner).ls({ open: true }), []);
  assert.deepEqual(
    (await desk(owner).ls()).map(({ state }) => state),
    ['revealing'],
  );
});
