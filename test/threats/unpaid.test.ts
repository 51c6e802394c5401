import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import { bookClaims, type Pays } from '../../src/lib/node/bookkeeping.js';
import { planned } from '../../src/lib/node/grace.js';
import { contractItem } from '../../src/lib/node/payments.js';
import { postBounty } from '../../src/lib/node/posting.js';
import { balanceOf, spend } from '../../src/lib/node/spend.js';
import { prunableSlot } from '../../src/lib/plan/interval.js';
import { fromHex, utf8 } from '../../src/lib/util/bytes.js';
import { Card } from '../chain/helpers.js';
import { noise } from '../node/helpers.js';
import { BLOB, BLOB_BYTES, contracted, keptOf } from './dealings.js';

const AMOUNT = 50_000n;

/** An owner posts under its contract's name what pays itself, and claims it: it has the bytes as well. */
async function paidItself(t: TestContext, pays?: Pays) {
  const { world, owner, steward, contract } = await contracted(t);
  const { books, params } = owner.context;
  const keptUntil = () => prunableSlot(planned(keptOf(steward, contract)), params);
  const before = keptUntil();
  await world.mineTo(keptOf(steward, contract).startSlot + params.daySlots);
  const items = [contractItem(owner.context, books.owned.get(utf8(contract))!, AMOUNT)];
  const durationSlots = params.derived.claimWindowSlots;
  const { bounty } = await books.exclusive(() =>
    postBounty(owner.context, { items, payee: owner.main, durationSlots }),
  );
  await world.mine();
  const rich = balanceOf(owner.context, owner.main);
  const bytes = noise(BLOB, BLOB_BYTES);
  const { scalar } = createChallenge(bounty.items[0]!.item.nonce, bytes.length).update(bytes).finish();
  const draft = { kind: 'sweep' as const, entries: [{ bounty: fromHex(bounty.id)!, to: owner.main }] };
  await spend(owner.context, { draft, sign: (message) => new Card(scalar).sign(message) });
  await world.mineMany(params.settleDepth + 1);
  assert.ok(balanceOf(owner.context, owner.main) - rich > AMOUNT - 2_000n, 'it has its money back');
  await bookClaims(steward.context, pays);
  return { earned: keptOf(steward, contract).earned, longer: keptUntil() - before };
}

test('threat 8: an owner pays itself under the name of a contract', async (t) => {
  const off = await paidItself(t, () => true);
  assert.ok(off.earned === AMOUNT && off.longer > 0, 'kept for longer, for nothing');
  assert.deepEqual(await paidItself(t), { earned: 0n, longer: 0 });
});
