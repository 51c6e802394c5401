import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import { signTx } from '../../src/lib/chain/sign.js';
import { readAccount } from '../../src/lib/chain/state.js';
import type { Tx } from '../../src/lib/chain/types.js';
import { planned } from '../../src/lib/node/grace.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { prunableSlot } from '../../src/lib/plan/interval.js';
import { payAct } from '../node/market.js';
import { act, contracted, keptOf, ownerEntry } from './dealings.js';

const AMOUNT = 50_000n;

/** An owner pays, and with a producer's help has it undone: in the other branch the money went back to itself. */
async function undone(t: TestContext, settleDepth?: number) {
  const { world, owner, steward, contract } = await contracted(t);
  const { params } = steward.context;
  Object.assign(steward.context, { params: { ...params, settleDepth: settleDepth ?? params.settleDepth } });
  const keptUntil = () => prunableSlot(planned(keptOf(steward, contract)), params);
  const before = keptUntil();
  await world.mineTo(keptOf(steward, contract).startSlot + params.daySlots);

  const [paid] = await act(owner, payAct(owner, [contract], { amount: AMOUNT }));
  const fork = await world.fork();
  const id = paid!.subject!;
  await world.mine();
  await act(steward, { kind: 'sweep', bounties: [id], requestId: `sweep/${id}` });
  await world.mine();
  await steward.keepUp();
  const { funder, payee } = ownerEntry(owner, id);
  const arrived = balanceOf(steward.context, payee!);
  assert.ok(arrived > 0n, 'it looks paid');

  const { seq, balance } = readAccount(fork.state, funder!)!;
  const back: Tx = {
    ...{ kind: 'transfer', from: funder!, outputs: [{ to: owner.main, amount: balance - 10_000n }] },
    ...{ memo: new Uint8Array(0), ref: { height: 0, id: fork.idAt(0)! }, fee: 10_000n, seq },
  };
  const signed = signTx(back, params.derived.genesisId, (message) => owner.context.wallet.sign(funder!, message));
  const rich = balanceOf(owner.context, owner.main);
  await world.reorganise(fork, 3, [encodeSignedTx(signed)]);
  assert.equal(balanceOf(owner.context, owner.main) - rich, balance - 10_000n);
  await world.mineMany(params.settleDepth + 1);
  await steward.keepUp();
  const received = balanceOf(steward.context, payee!);
  return { earned: keptOf(steward, contract).earned, received, longer: keptUntil() - before };
}

test('threat 16: a claim is reorganised away, and the steward goes on keeping what nobody paid for', async (t) => {
  const off = await undone(t, 0);
  assert.deepEqual([off.earned, off.received], [AMOUNT, 0n], 'booked, and gone');
  assert.ok(off.longer > 0, 'and kept for longer, for nothing');
  assert.deepEqual(await undone(t), { earned: 0n, received: 0n, longer: 0 });
});
