import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isActive, nextActivation } from '../../src/lib/chain/activation.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { parseParams } from '../../src/lib/chain/params.js';
import { readAccount } from '../../src/lib/chain/state.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { alice, bob, cheapScrypt, miner, PARAMS, TestChain, testParams } from './helpers.js';

const AT = 8;
const params = testParams({ rentPerDay: '100', rules: { rent: AT } });
const memo = new Uint8Array(0);

test('a rule holds from its height on, one that is not named never', () => {
  assert.deepEqual(
    [AT - 1, AT, AT + 1].map((height) => isActive(params, 'rent', height)),
    [false, true, true],
  );
  assert.equal(isActive(testParams(), 'rent', 0xffff_ffff), false);
  assert.deepEqual(nextActivation(params, AT - 1), { rule: 'rent', height: AT });
  assert.equal(nextActivation(params, AT), null);
  assert.equal(nextActivation(testParams(), 0), null);
});

test('a rule of a later release is refused by name, and heights must be heights', () => {
  const refused = (rules: object, message: RegExp) =>
    assert.throws(
      () => parseParams({ ...PARAMS, rules }),
      (error) => error instanceof Failure && error.code === 'usage' && message.test(`${error.message} ${error.hint}`),
    );
  refused({ rent: 5, shards: 9 }, /does not know the rule "shards" the network needs a newer holdfast/);
  refused({ rent: 0 }, /rules\.rent/);
  refused({ rent: '5' }, /rules\.rent/);
  const id = (rules: object) => toHex(parseParams({ ...PARAMS, rules }).derived.genesisId);
  assert.equal(new Set([id({}), id({ rent: 5 }), id({ rent: 6 })]).size, 3, 'the network id covers the heights');
});

/** Bob has an account for some days, and is paid again in the block `height`. */
async function chainTo(height: number): Promise<TestChain> {
  const chain = await TestChain.open(params);
  await chain.produce([], { producer: alice.address });
  await chain.produce([toBob(chain, 50_000n)]);
  while (chain.ledger.tip.height < height) await chain.produce([], { slots: 10 });
  return chain;
}

const toBob = (chain: TestChain, amount: bigint) =>
  chain.make({ kind: 'transfer', from: alice.address, outputs: [{ to: bob.address, amount }], memo }, alice.signer)
    .bytes;

test('below its height a block obeys the old rule, from it on the new', async () => {
  const chain = await chainTo(AT - 2);
  await chain.produce([toBob(chain, 1_000n)], { slots: 10 });
  assert.equal(chain.balanceOf(bob.address), 51_000n, 'days of the old rule cost nothing');
  assert.equal(chain.ledger.globals().rentSince, 0);
  await chain.produce([toBob(chain, 1_000n)], { slots: 10 });
  assert.equal(chain.ledger.tip.height, AT);
  assert.equal(chain.ledger.globals().rentSince, chain.ledger.tip.slot);
  assert.equal(chain.balanceOf(bob.address), 52_000n, 'nor does what was before, once the new one holds');
  await chain.produce([toBob(chain, 1_000n)], { slots: 20 });
  assert.equal(chain.balanceOf(bob.address), 52_800n, 'two days of it');
});

test('a reorganisation across the height takes the rule back, and brings it on anew', async () => {
  const chain = await chainTo(AT - 2);
  const other = await TestChain.open(params, chain.store.copy());
  for (let i = 0; i < 3; i++) await chain.produce([toBob(chain, 1_000n)], { slots: 10 });
  const before = chain.ledger.globals().rentSince;
  assert.ok(before > 0);
  await other.produce([], { slots: 40 });
  assert.equal(other.ledger.globals().rentSince, 0);
  for (let i = 0; i < 3; i++) await other.produce([toBob(other, 1_000n)], { slots: 10 });
  const statuses: string[] = [];
  for (let height = AT - 1; height <= other.ledger.tip.height; height++) {
    const id = other.ledger.idAt(height)!;
    const { status } = await chain.add({ header: other.ledger.header(id)!, body: other.ledger.body(id)! });
    statuses.push(status);
  }
  // With as much work, too, where its id is the lower.
  assert.equal(statuses.filter((status) => status === 'reorganised').length, 1);
  assert.notEqual(chain.ledger.globals().rentSince, before);
  assert.deepEqual(chain.store.dump('st'), other.store.dump('st'));
  assert.equal(readAccount(chain.ledger.state, bob.address)?.balance, 52_800n);
});

test('a node that goes on by the old rule parts from the network at the height, and not before', async () => {
  const old = { ...params, rules: {} };
  const chain = await chainTo(AT - 1);
  const behind = await Ledger.open(old, chain.store.copy(), { scrypt: cheapScrypt });
  await chain.produce([], { slots: 10, producer: miner.address });
  const { header, id } = chain.ledger.tip;
  await assert.rejects(
    behind.addBlock({ header, body: chain.ledger.body(id)! }, chain.slot),
    (error) => error instanceof LedgerError && error.rule === 'state-root',
  );
});
