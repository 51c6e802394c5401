import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bountyHandlers } from '../../src/lib/node/handlers/bounties.js';
import { claimable, sweepBounties } from '../../src/lib/node/sweeps.js';
import { World } from './helpers.js';
import { putBlob } from './market.js';

test('what was spent counts from the moment it is sent, what a sweep brings once it is in a block; a reorganisation takes both back', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const { context, performers } = owner;
  const { books } = context;
  assert.deepEqual(books.turnover.get(), { spent: 0n, returned: 0n, earned: 0n });
  const blob = await putBlob(owner, 'blob');
  const handlers = bountyHandlers(context, performers.answers);
  const { spent_grains } = await handlers['bounty.post'](
    { blob, amount: 50_000n, dryRun: false },
    { signal: t.signal },
  );
  const spent = BigInt(spent_grains!);
  assert.equal(books.turnover.get().spent, spent);
  const fork = await world.fork();
  await world.mine();
  assert.equal(books.turnover.get().spent, spent, 'counted once');
  const found = await claimable(context, performers.answers);
  await books.exclusive(() => sweepBounties(context, performers.answers, found, {}));
  await world.mine();
  const { earned } = books.turnover.get();
  assert.ok(earned > 0n && earned < 50_000n);
  await world.reorganise(fork, 3);
  assert.deepEqual(books.turnover.get(), { spent, returned: 0n, earned: 0n });
});
