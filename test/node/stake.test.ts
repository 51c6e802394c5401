import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as v from 'valibot';
import { type Bond, readBond } from '../../src/lib/chain/stake/bond.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { stakeHandlers } from '../../src/lib/node/handlers/stake.js';
import { walletHandlers } from '../../src/lib/node/handlers/wallet.js';
import type { Log } from '../../src/lib/node/log.js';
import { spend } from '../../src/lib/node/spend.js';
import { logOwnBond } from '../../src/lib/node/stake.js';
import { StakeRecord } from '../../src/lib/rpc/records.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { hashOf } from '../chain/helpers.js';
import { offence } from '../chain/stake/offence.js';
import { recordsOf, type TestNode, World } from './helpers.js';

const fails = (code: FailureCode, message: RegExp) => (error: unknown) =>
  isFailure(error) && error.code === code && message.test(error.message);
const call = { signal: new AbortController().signal };
const dryRun = false;

async function desk(t: TestContext) {
  const world = new World(t);
  const node = await world.join('producer', { rich: true, reserve: false });
  const handlers = stakeHandlers(node.context);
  const status = async () => v.parse(StakeRecord, await handlers['stake.status']({}, call));
  return { world, node, handlers, status };
}

const historyOf = async (node: TestNode) => {
  const lines = await recordsOf(walletHandlers(node.context)['wallet.history']({}, call));
  return lines.map(({ kind, direction, amount_grains }) => [kind, direction, amount_grains]);
};

test('a bond is made under the wallet’s keys, grows, is asked back, and comes back', async (t) => {
  const { world, node, handlers, status } = await desk(t);
  assert.deepEqual([(await status()).state, (await status()).bond_grains], ['none', '0']);
  const first = await handlers['stake.bond']({ amount: 30_000_000n, dryRun, requestId: 'b' }, call);
  const again = await handlers['stake.bond']({ amount: 30_000_000n, dryRun, requestId: 'b' }, call);
  assert.deepEqual([again.txid, again.repeated], [first.txid, true]);
  const more = await handlers['stake.bond']({ amount: 1n, dryRun }, call);
  await world.mine();
  const bond = readBond(node.context.ledger.state, node.main)!;
  const { vrf, signing } = node.context.wallet.keys().stakeKeys();
  assert.deepEqual([bond.stake, bond.vrfKey, bond.signingKey], [30_000_001n, vrf.y, signing.publicKey]);
  const made = await status();
  assert.deepEqual(
    [made.account, made.state, made.bond_grains, made.bonded_grains, made.bonds, made.staking_since_epoch],
    [formatAddress(node.main), 'active', '30000001', '30000001', 1, null],
  );
  assert.equal(made.bonded_percent, 0.75, 'of four blocks of 1,000,000,000');
  assert.deepEqual([made.share, made.returns], [0, null]);

  await world.mineTo(80);
  await world.mineTo(160);
  assert.deepEqual([(await status()).share, (await status()).blocks_a_day], [1, 0], 'blocks are mined');
  const asked = await handlers['stake.unbond']({ dryRun }, call);
  await world.mine();
  const { state, returns_slot, returns } = await status();
  assert.deepEqual([state, returns_slot, returns], ['leaving', world.slot + 400, '1970-01-01T00:02:20Z']);
  await assert.rejects(handlers['stake.unbond']({ dryRun }, call), fails('failure', /asked back already/));
  await world.mineTo(world.slot + 400);
  assert.equal((await status()).state, 'none');
  const fees = [first, more, asked].map(({ fee_grains }) => BigInt(fee_grains)) as [bigint, bigint, bigint];
  assert.deepEqual(
    (await historyOf(node)).filter(([kind]) => kind !== 'mine'),
    [
      ['bond', 'out', (30_000_000n + fees[0]).toString()],
      ['bond', 'out', (1n + fees[1]).toString()],
      ['unbond', 'out', fees[2].toString()],
      ['unbond', 'in', '30000001'],
    ],
  );
});

test('a bond under keys that are not the wallet’s is told as such, and a locked wallet cannot tell', async (t) => {
  const { world, node, status } = await desk(t);
  const { context } = node;
  assert.equal((await status()).own_keys, null);
  const foreign = { vrfKey: hashOf('another’s'), signingKey: hashOf('another’s') };
  const draft = { kind: 'bond' as const, from: node.main, amount: 1_000_000n, ...foreign };
  await context.books.exclusive(() => spend(context, { draft }));
  await world.mine();
  assert.deepEqual([(await status()).state, (await status()).own_keys], ['active', false]);
  const { wallet } = context;
  Object.defineProperty(wallet, 'unlocked', { value: false, configurable: true });
  assert.equal((await status()).own_keys, null);
  Reflect.deleteProperty(wallet, 'unlocked');
  const other = await world.join('other', { rich: true, reserve: false });
  await stakeHandlers(other.context)['stake.bond']({ amount: 1_000_000n, dryRun }, call);
  await world.mine();
  assert.equal((await stakeHandlers(other.context)['stake.status']({}, call)).own_keys, true);
});

test('what the ledger refuses is said before anything is sent; limits and plans hold', async (t) => {
  const { node, handlers } = await desk(t);
  await assert.rejects(
    handlers['stake.bond']({ amount: 99_999n, dryRun }, call),
    fails('failure', /a bond must be larger: at least 0.001 tokens/),
  );
  await assert.rejects(handlers['stake.unbond']({ dryRun }, call), fails('failure', /has no bond/));
  await assert.rejects(handlers['stake.rebond']({ dryRun }, call), fails('failure', /has no bond/));
  await assert.rejects(handlers['stake.bond']({ amount: 1n << 50n, dryRun }, call), fails('funds', /./));
  await assert.rejects(
    handlers['stake.bond']({ amount: 200_000n, dryRun, maxSpend: 200_000n }, call),
    fails('over-limit', /./),
  );
  assert.equal((await handlers['stake.bond']({ amount: 200_000n, dryRun: true }, call)).status, 'planned');
  assert.equal(node.context.mempool.size, 0);
  await handlers['stake.bond']({ amount: 200_000n, dryRun }, call);
  await assert.rejects(handlers['stake.rebond']({ dryRun }, call), fails('failure', /not absent/));
});

test('evidence takes the bond; a twentieth of it is in its reporter’s history', async (t) => {
  const { world, node, handlers, status } = await desk(t);
  const { context } = node;
  await handlers['stake.bond']({ amount: 20_000_000n, dryRun }, call);
  await world.mine();
  const by = { address: node.main, seed: context.wallet.keys().stakeKeys().signing.seed };
  const draft = { kind: 'evidence' as const, ...offence(context.params, by, world.slot), to: node.main };
  const { tx, cost } = await context.books.exclusive(() => spend(context, { draft }));
  assert.equal(cost, 0n);
  await world.mine();
  assert.equal((await status()).state, 'none');
  assert.equal(context.ledger.globals().burnt, 19_000_000n);
  assert.deepEqual((await historyOf(node)).at(-1), ['slash', 'in', (1_000_000n - tx.fee).toString()]);
});

test('the log tells of an own bond that is lost or absent, and of no other', async (t) => {
  const { node } = await desk(t);
  const lines: string[] = [];
  const warn = (...args: unknown[]) => void lines.push(String(args.at(-1)));
  const context = { books: node.context.books, log: { ...node.context.log, warn } as unknown as Log };
  const txid = hashOf('evidence');
  const bond = (state: Bond['state']): Bond => ({
    ...{ stake: 1n, vrfKey: txid, signingKey: txid, since: 1, index: 0, state },
    ...{ missed: 0n, signed: 1, drawn: [1n, 1n] },
  });
  const told = (account: Uint8Array, of: Bond | null, by: Uint8Array | null) => {
    lines.length = 0;
    logOwnBond(context, [{ kind: 'bond', account, bond: of, txid: by }]);
    return lines.join();
  };
  assert.match(told(node.main, null, txid), /the bond is lost/);
  assert.match(told(node.main, bond({ kind: 'absent' }), null), /stake bond --again/);
  assert.equal(told(node.main, null, null), '', 'paid back');
  assert.equal(told(node.main, bond({ kind: 'active' }), txid), '');
  assert.equal(told(hashOf('another'), null, txid), '');
});
