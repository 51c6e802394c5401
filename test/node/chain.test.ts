import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as v from 'valibot';
import { encodeSignedTx, signingMessage, txId } from '../../src/lib/chain/encoding.js';
import { accountKey, globalsKey } from '../../src/lib/chain/keys.js';
import { stateKey } from '../../src/lib/chain/layout.js';
import { slotStartMs } from '../../src/lib/chain/params.js';
import { requiredFee, signTx } from '../../src/lib/chain/sign.js';
import { decodeEntry, encodeEntry } from '../../src/lib/chain/state-entry.js';
import { pathOf } from '../../src/lib/chain/tree-node.js';
import type { TransferTx } from '../../src/lib/chain/types.js';
import { accountCodec, globalsCodec } from '../../src/lib/chain/values.js';
import { formatAddress } from '../../src/lib/crypto/address.js';
import { chainHandlers } from '../../src/lib/node/handlers/chain.js';
import { recentBlock, spend } from '../../src/lib/node/spend.js';
import { checkProof } from '../../src/lib/rpc/proof.js';
import { BlockRecord, ProofRecord, SupplyRecord, TxRecord } from '../../src/lib/rpc/records.js';
import { areaKey } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { rfc3339 } from '../../src/lib/util/clock.js';
import { type FailureCode, isFailure } from '../../src/lib/util/errors.js';
import { bob, carol, hashOf } from '../chain/helpers.js';
import { recordsOf, type TestNode, World } from './helpers.js';

const fails = (code: FailureCode, message: RegExp) => (error: unknown) =>
  isFailure(error) && error.code === code && message.test(error.message);

/** Two nodes of one chain; the first has mined. */
async function two(t: TestContext) {
  const world = new World(t);
  const node = await world.join('owner', { rich: true, reserve: false });
  const other = await world.join('other');
  const ask = { node: asking(t, node), other: asking(t, other) };
  return { world, node, other, ask };
}

function asking(t: TestContext, { context }: TestNode) {
  const handlers = chainHandlers(context);
  const call = { signal: t.signal };
  return {
    block: async (block: number | string) => v.parse(BlockRecord, await handlers['chain.block']({ block }, call)),
    tx: async (txid: string) => v.parse(TxRecord, await handlers['chain.tx']({ txid }, call)),
    submit: async (tx: string) => v.parse(TxRecord, await handlers['chain.submit']({ tx }, call)),
    supply: async (recount: boolean) => v.parse(SupplyRecord, await handlers['chain.supply']({ recount }, call)),
    proof: async (subject: string, bond = false) =>
      (await recordsOf(handlers['chain.proof']({ subject, bond }, call))).map((record) => v.parse(ProofRecord, record)),
  };
}

/** Signed by a node's wallet, and known to nobody. */
function signed({ context, main }: TestNode, change: Partial<TransferTx> = {}) {
  const { params, ledger, mempool, wallet } = context;
  const bare: TransferTx = {
    ...{ kind: 'transfer', from: main, ref: recentBlock(context), seq: mempool.pendingSeq(main) ?? 0n, fee: 0n },
    ...{ outputs: [{ to: bob.address, amount: 5_000n }], memo: utf8('für bob') },
    ...change,
  };
  const tx = { ...bare, fee: change.fee ?? requiredFee(params, ledger.globals().baseFee, bare) };
  const bytes = encodeSignedTx(signTx(tx, params.derived.genesisId, (message) => wallet.sign(main, message)));
  return { tx, bytes, hex: toHex(bytes), txid: toHex(txId(tx)) };
}

test('a transaction from the pool into a block, settled, and taken back', async (t) => {
  const { world, node, ask } = await two(t);
  const { hex, tx, txid, bytes } = signed(node);
  await ask.node.submit(hex);
  const pending = await ask.node.tx(txid);
  assert.deepEqual(pending, {
    ...{ type: 'tx', txid, kind: 'transfer', fee_grains: tx.fee.toString(), status: 'pending', bytes: bytes.length },
    ...{ from: formatAddress(node.main), seq: tx.seq.toString(), ref_height: tx.ref.height, ref: toHex(tx.ref.id) },
    details: {
      kind: 'transfer',
      outputs: [{ to: formatAddress(bob.address), amount_grains: '5000' }],
      ...{ memo: 'für bob', memo_hex: toHex(utf8('für bob')) },
    },
    ...{ height: null, block: null, position: null, depth: null, slot: null, time: null },
  });
  const fork = await world.fork();
  await world.mine();
  const { tip } = node.context.ledger;
  const place = { height: tip.height, block: toHex(tip.id), position: 0, depth: 0, slot: tip.slot };
  const time = rfc3339(slotStartMs(world.params, tip.slot));
  assert.deepEqual(await ask.other.tx(txid), { ...pending, ...place, time, status: 'included' });
  const block = await ask.other.block(place.block);
  assert.deepEqual(block.transactions, [{ txid, kind: 'transfer' }]);
  assert.deepEqual([block.main, block.depth, block.settled], [true, 0, false]);
  await world.mineMany(2);
  assert.equal((await ask.other.tx(txid)).status, 'included');
  await world.reorganise(fork, 4);
  // Known of by its block's id, which is on no branch that counts.
  const lost = await ask.other.block(place.block);
  assert.deepEqual([lost.main, lost.depth, lost.settled, lost.transactions?.length], [false, null, false, 1]);
  assert.equal((await ask.other.tx(txid)).status, 'pending');
  await world.mineMany(5);
  const settled = await ask.other.tx(txid);
  assert.deepEqual([settled.status, settled.depth], ['settled', 4]);
});

test('what is nowhere is not found', async (t) => {
  const { node, ask } = await two(t);
  const id = toHex(hashOf('nothing'));
  await assert.rejects(ask.node.tx(id), fails('not-found', /no transaction [0-9a-f]{64}/));
  await assert.rejects(ask.node.block(id), fails('not-found', /no block [0-9a-f]{64}/));
  await assert.rejects(ask.node.block(node.context.ledger.tip.height + 1), fails('not-found', /no block at height 4/));
  const genesis = await ask.node.block(0);
  assert.deepEqual([genesis.height, genesis.txs, genesis.transactions], [0, 0, []]);
});

test("this wallet's own are known beyond the cycle, and while they wait to be sent again", async (t) => {
  const { world, node, ask } = await two(t);
  const { txid } = await spend(node.context, {
    draft: { kind: 'transfer', from: node.main, outputs: [{ to: bob.address, amount: 5_000n }], memo: utf8('') },
  });
  await world.mine();
  const { height } = node.context.ledger.tip;
  for (const { context } of [node, world.nodes[1]!])
    await context.books.db.write([[areaKey(AREAS.TXIDS, Uint8Array.of(0, 0, 0, height)), null]]);
  assert.equal((await ask.node.tx(txid)).height, height);
  await assert.rejects(ask.other.tx(txid), fails('not-found', /no transaction/));
  const waiting = await spend(node.context, {
    draft: { kind: 'transfer', from: node.main, outputs: [{ to: bob.address, amount: 6_000n }], memo: utf8('') },
  });
  node.context.mempool.remove([txId(waiting.tx)], world.slot);
  assert.equal((await ask.node.tx(waiting.txid)).status, 'pending');
});

test('a transaction signed elsewhere is taken, sent to peers, and again without harm', async (t) => {
  const { world, node, other, ask } = await two(t);
  const { hex, txid, tx } = signed(node);
  const record = await ask.other.submit(hex);
  assert.deepEqual([record.txid, record.status, record.repeated], [txid, 'pending', undefined]);
  assert.equal(other.network.published.length, 1);
  assert.ok(node.context.mempool.has(txId(tx)));
  assert.deepEqual(await ask.other.submit(hex), { ...record, repeated: true });
  assert.equal(other.network.published.length, 1);
  await world.mine();
  const again = await ask.other.submit(hex.toUpperCase());
  assert.deepEqual([again.txid, again.status, again.repeated], [txid, 'included', true]);
  assert.equal(other.network.published.length, 1);
});

test('threat 24: what was submitted is sent again after a restart, until a block has it', async (t) => {
  const { world, node, other, ask } = await two(t);
  other.network.deaf = true;
  const { hex, txid, tx } = signed(node);
  await ask.other.submit(hex);
  other.context.mempool.remove([txId(tx)], world.slot);
  other.network.deaf = false;
  await other.keepUp();
  assert.ok(node.context.mempool.has(txId(tx)));
  await world.mineMany(1);
  assert.equal(other.context.books.pending.get(utf8(txid))?.includedHeight, node.context.ledger.tip.height);
  await world.mineMany(6);
  await other.keepUp();
  assert.equal(other.context.books.pending.get(utf8(txid)), undefined);
});

test('threat 24: where it cannot be written down it is not taken', async (t) => {
  const { node, other, ask } = await two(t);
  const { hex, tx } = signed(node);
  other.failNextWrite = true;
  await assert.rejects(ask.other.submit(hex), fails('disk-full', /no space/));
  assert.equal(other.context.mempool.has(txId(tx)), false);
  assert.equal(other.network.published.length, 0);
  assert.equal((await ask.other.submit(hex)).repeated, undefined);
});

test('threat 22: what breaks a rule is refused with it, and changes nothing', async (t) => {
  const { node, other, ask } = await two(t);
  const good = signed(node);
  const { seq } = good.tx;
  const poor = { ...good.tx, from: carol.address };
  const sign = (tx: TransferTx) =>
    toHex(
      encodeSignedTx({
        tx,
        signatures: [carol.signer(signingMessage(tx, node.context.params.derived.genesisId), 0)],
      }),
    );
  const cases: [string, FailureCode, RegExp][] = [
    [signed(node, { seq: seq + 1n }).hex, 'temporary', /refuses it: the sequence number skips some: the next is/],
    [signed(node, { seq: seq - 1n }).hex, 'failure', /refuses it: the sequence number is used already/],
    [signed(node, { fee: 1n }).hex, 'failure', /refuses it: the fee is below what the base fee asks: at least \d+ gr/],
    [signed(node, { outputs: [{ to: bob.address, amount: 1n << 50n }] }).hex, 'funds', /not enough to spend/],
    [signed(node, { ref: { height: 1, id: hashOf('other') } }).hex, 'temporary', /not on this chain/],
    [sign(poor), 'funds', /no such account/],
    [sign(good.tx), 'failure', /a signature does not verify/],
    [`${good.hex}00`, 'usage', /not a signed transaction: /],
    [good.hex.slice(2), 'usage', /not a signed transaction: /],
    ['00', 'usage', /not a signed transaction: /],
  ];
  const before = await other.dump();
  for (const [hex, code, message] of cases)
    await assert.rejects(ask.other.submit(hex), fails(code, message), `${message}`);
  assert.deepEqual(await other.dump(), before);
  assert.deepEqual([other.context.mempool.size, other.network.published.length], [0, 0]);
});

test('a proof is of the tip, and an id without an entry is proven to be neither bounty nor advert', async (t) => {
  const { node, ask } = await two(t);
  const { tip, state } = node.context.ledger;
  const address = formatAddress(node.main);
  const [mine, ...none] = await ask.other.proof(address.toUpperCase());
  assert.equal(none.length, 0);
  const proven = checkProof(mine);
  assert.deepEqual([proven.subject, proven.block, proven.height], [address, toHex(tip.id), tip.height]);
  assert.equal(mine!.value, toHex(state.get(accountKey(node.main))!));
  const absent = (await ask.other.proof(toHex(hashOf('nothing')))).map(checkProof);
  assert.deepEqual(
    absent.map(({ kind, holds }) => [kind, holds]),
    [
      ['bounty', null],
      ['advert', null],
    ],
  );
  await assert.rejects(ask.other.proof('hf1nobody'), fails('usage', /not an address/));
  const [bond] = (await ask.other.proof(address, true)).map(checkProof);
  assert.deepEqual([bond!.kind, bond!.subject, bond!.holds], ['bond', address, null]);
  await assert.rejects(ask.other.proof(toHex(hashOf('nothing')), true), fails('usage', /not an address/));
});

test('the supply, and a recount of it from the disk while blocks come', async (t) => {
  const { world, node, ask } = await two(t);
  const { hex } = signed(node);
  await ask.node.submit(hex);
  await world.mine();
  const { mined, burnt, feePool } = node.context.ledger.globals();
  const plain = await ask.node.supply(false);
  assert.deepEqual(plain, {
    ...{
      type: 'supply',
      height: 4,
      mined_grains: mined.toString(),
      minted_grains: '0',
      burnt_grains: burnt.toString(),
    },
    ...{ supply_grains: (mined - burnt).toString(), fee_pool_grains: feePool.toString() },
    circulating_grains: (mined - burnt - feePool).toString(),
    bonded_grains: '0',
  });
  const counting = ask.node.supply(true);
  await world.mine();
  const { recount, ...rest } = await counting;
  assert.deepEqual(rest, plain);
  assert.deepEqual(recount, {
    // One of the others is the size of the body, as the limits of blocks to come need it.
    ...{ entries: 5, accounts: 3, bounties_grains: '0', deposits_grains: '0', bonds_grains: '0' },
    fee_pool_grains: feePool.toString(),
    ...{ balances_grains: (mined - feePool).toString(), held_grains: mined.toString(), adds_up: true, committed: true },
  });
});

test('a recount notices a grain too many, and globals forged to fit it', async (t) => {
  const { node, ask } = await two(t);
  const { db } = node.context.books;
  const key = areaKey(AREAS.CHAIN, stateKey(pathOf(accountKey(node.main))));
  const account = accountCodec.decode(decodeEntry(db.get(key)!).value);
  await db.write([
    [key, encodeEntry(accountKey(node.main), accountCodec.encode({ ...account, balance: account.balance + 1n }))],
  ]);
  const more = (await ask.node.supply(true)).recount!;
  assert.deepEqual([more.adds_up, more.committed], [false, false]);
  const globals = areaKey(AREAS.CHAIN, stateKey(pathOf(globalsKey)));
  const old = globalsCodec.decode(decodeEntry(db.get(globals)!).value);
  await db.write([[globals, encodeEntry(globalsKey, globalsCodec.encode({ ...old, mined: old.mined + 1n }))]]);
  const forged = (await ask.node.supply(true)).recount!;
  assert.deepEqual([forged.adds_up, forged.committed], [true, false]);
  await db.write([[key, encodeEntry(accountKey(node.main), Uint8Array.of(1, 2, 3))]]);
  await assert.rejects(ask.node.supply(true), fails('failure', /an entry of the state cannot be read/));
});
