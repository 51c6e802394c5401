import assert from 'node:assert/strict';
import { test } from 'node:test';
import { perform } from '../../src/lib/node/acts.js';
import { openItem, postBounty } from '../../src/lib/node/posting.js';
import { takeSnapshot } from '../../src/lib/node/snapshot.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { stewardPlan } from '../../src/lib/plan/steward.js';
import { type TestNode, World } from './helpers.js';
import { putBlob } from './market.js';

const AMOUNT = 50_000n;

async function planned({ context, performers, seen }: TestNode, wait = true) {
  const { steward, account, ...now } = await takeSnapshot(context, performers.answers, seen, { wait });
  const view = { now: { ...now, synced: true, params: context.params }, standing: null, account: account! };
  return stewardPlan({ ...view, ...steward });
}

test('many bounties, some for the same blob, are claimed by one transaction with one fee', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  await world.stock(owner, Array(12).fill(2_000_000n));
  const steward = await world.join('steward');
  const uuids: string[] = [];
  for (const name of ['one', 'two', 'three']) {
    await putBlob(owner, name);
    uuids.push(await putBlob(steward, name));
  }
  const ids: string[] = [];
  for (let i = 0; i < 24; i++) {
    const items = [openItem(owner.context, uuids[i % 3]!, AMOUNT)];
    const post = { items, payee: null, durationSlots: 100 };
    ids.push((await owner.context.books.exclusive(() => postBounty(owner.context, post))).bounty.id);
    if (i % 8 === 7) await world.mine();
  }
  const acts = await planned(steward);
  assert.equal(acts.length, 1);
  const [sweep] = acts;
  assert.ok(sweep?.kind === 'sweep');
  assert.deepEqual([...sweep.bounties].sort(), [...ids].sort());
  const done = await perform(steward.context, steward.performers, sweep);
  assert.equal(done.length, 24);
  const { books } = steward.context;
  const entries = (await books.bounties.all()).filter(({ role }) => role === 'steward');
  assert.equal(new Set(entries.map(({ closing }) => closing)).size, 1, 'one transaction for all');
  assert.equal((await books.pending.all()).length, 1);
  // The same act again, after a kill: the same transaction, and no other.
  await perform(steward.context, steward.performers, sweep);
  assert.equal((await books.pending.all()).length, 1);
  assert.deepEqual(await planned(steward), []);
  await world.mine();
  const arrived = balanceOf(steward.context, steward.main);
  assert.ok(arrived > 24n * AMOUNT - 20_000n && arrived < 24n * AMOUNT, `${arrived}`);
});

test('who does not wait sweeps nothing of what is being read, and hears when it is known', async (t) => {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward');
  await putBlob(owner, 'one');
  const uuid = await putBlob(steward, 'one');
  const post = { items: [openItem(owner.context, uuid, AMOUNT)], payee: null, durationSlots: 100 };
  await owner.context.books.exclusive(() => postBounty(owner.context, post));
  await world.mine();
  const told = new Promise<void>((resolve) => steward.context.changes.listen(() => resolve()));
  assert.deepEqual(await planned(steward, false), []);
  await told;
  assert.deepEqual(
    (await planned(steward, false)).map(({ kind }) => kind),
    ['sweep'],
  );
});
