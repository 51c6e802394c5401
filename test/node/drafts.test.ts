import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withTokens } from '../../src/lib/cli/output.js';
import { signDraft } from '../../src/lib/cli/signing.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { draftTransfer } from '../../src/lib/node/drafts.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { submitTx } from '../../src/lib/node/submit.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { parseDraft } from '../../src/lib/wallet/draft.js';
import { bob } from '../chain/helpers.js';
import { World } from './helpers.js';

const fails = (code: FailureCode) => (error: unknown) => isFailure(error) && error.code === code;
const to = formatAddress(bob.address);

test('a draft is taken by the ledger once it is signed, and not twice', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const { context } = node;
  const before = await node.dump();
  const record = await draftTransfer(context, { to, amount: 5_000n, memo: 'rent' });
  assert.deepEqual([await node.dump(), context.mempool.size], [before, 0]);
  const draft = parseDraft(JSON.stringify(withTokens(record)));
  const signed = fromHex(signDraft(context.wallet.keys(), draft).tx)!;
  assert.equal((await submitTx(context, signed)).status, 'pending');
  await world.mine();
  assert.equal(balanceOf(context, bob.address), 5_000n);
  assert.equal((await submitTx(context, signed)).repeated, true);
  await world.mine();
  assert.equal(balanceOf(context, bob.address), 5_000n);
});

test('a draft that the ledger would refuse is not made; it costs nobody anything', async (t) => {
  const world = new World(t);
  const node = await world.join('owner', { rich: true });
  const { context } = node;
  const balance = balanceOf(context, node.main);
  await assert.rejects(draftTransfer(context, { to, amount: balance }), fails('funds'));
  await assert.rejects(draftTransfer(context, { to, amount: 5_000n, from: to }), fails('funds'));
  await assert.rejects(draftTransfer(context, { to, amount: 1n }), fails('failure'));
  await assert.rejects(draftTransfer(context, { to, amount: 5_000n, maxSpend: 5_000n }), fails('over-limit'));
  await assert.rejects(draftTransfer(context, { to, amount: 5_000n, memo: 'é'.repeat(33) }), fails('usage'));
  assert.equal(context.mempool.size, 0);
});
