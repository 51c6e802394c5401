import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advertise } from '../../src/lib/node/adverts.js';
import { parsePolicy, parseStewardPolicy } from '../../src/lib/plan/policy.js';
import { putBlob, RESERVE } from '../node/market.js';
import { Stage } from './stage.js';

const owner = { owner: parsePolicy({ minPeers: 1 }), steward: parseStewardPolicy({}) };
const steward = {
  owner: parsePolicy({ minPeers: 1 }),
  steward: parseStewardPolicy({ price: RESERVE / 2n, capacityBytes: 1 << 20 }),
};

test('threat 24: cut at any write of a tick, an owner comes to the same place', async (t) => {
  const stage = await Stage.open(
    t,
    [
      { name: 'steward', policies: steward },
      { name: 'owner', policies: owner },
    ],
    ['owner'],
  );
  const { world } = stage.cast;
  const { node } = stage.machine('owner');
  for (const { node: rich } of stage.cast.machines)
    for (let i = 0; i < 3; i++) await world.mine({ producer: rich.main });
  for (const name of ['one', 'two']) {
    const uuid = await putBlob(node, name);
    await node.context.books.exclusive(() =>
      advertise(node.context, [{ uuids: [uuid], reserve: RESERVE, termDays: 30 }]),
    );
  }
  const { books } = node.context;
  await stage.run(async () => (await books.owned.all()).some(({ paid }) => paid > 0n), 120);
  const { points, cuts, missed, acts } = stage.covered;
  t.diagnostic(`${points} points, ${cuts} cuts, ${missed} missed: ${[...acts].join(', ')}`);
  assert.ok(points > 0);
});
