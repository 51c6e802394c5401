import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { balanceOf } from '../../src/lib/node/spend.js';
import { claimable } from '../../src/lib/node/sweeps.js';
import { TestNode } from '../node/helpers.js';
import { payAct } from '../node/market.js';
import { act, contracted } from './dealings.js';

const AMOUNT = 50_000n;

type Write = TestNode['db']['write'];
/** What becomes of the first write, which puts a payment down, where the power fails about then. */
type Cut = (write: Write, batch: Parameters<Write>[0]) => Promise<void>;

/** What a steward gets of one payment whose owner loses power, starts again, and asks again. */
async function received(t: TestContext, cut: Cut): Promise<bigint> {
  const { world, owner, steward, contract } = await contracted(t);
  const pay = payAct(owner, [contract], { amount: AMOUNT });
  const { db, context } = owner;
  const write = db.write.bind(db);
  let writes = 0;
  db.write = async (batch) => {
    writes += 1;
    if (writes > 1) throw new Error('the power is gone');
    await cut(write, batch);
  };
  await assert.rejects(act(owner, pay), /the power is gone/);
  await context.blobs.close();
  await db.close();
  const again = await TestNode.open(world, 'owner', context.home);
  world.nodes.splice(0, 2, steward, again);
  // What was sent is in the pools of others.
  await world.mine();
  await again.keepUp();
  await act(again, pay);
  await world.mine();
  const entries = await claimable(steward.context, steward.performers.answers);
  for (const { id } of entries) await act(steward, { kind: 'sweep', bounties: [id], requestId: `sweep/${id}` });
  await world.mine();
  return entries[0] ? balanceOf(steward.context, entries[0].payee!) : 0n;
}

/** A payment is sent, and then the power fails, and it was not written down. */
const sentFirst: Cut = async () => {};
const before: Cut = async () => {
  throw new Error('the power is gone');
};
const after: Cut = (write, batch) => write(batch);

test('threat 24: the power fails as a payment is sent, and what was owed once is paid twice', async (t) => {
  const off = await received(t, sentFirst);
  assert.ok(off > 2n * (AMOUNT - 2_000n), `${off}`);
  for (const cut of [before, after]) {
    const on = await received(t, cut);
    assert.ok(on > AMOUNT - 2_000n && on < AMOUNT, `${on}`);
  }
});
