import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import * as v from 'valibot';
import { awardLots } from '../../src/lib/node/awards.js';
import { contractHandlers } from '../../src/lib/node/handlers/contracts.js';
import { ContractRecord } from '../../src/lib/rpc/records.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { recordsOf, type TestNode, World } from './helpers.js';
import { advertiseBlobs, bidAll, putBlob } from './market.js';

const { signal } = new AbortController();

/** An owner and a steward that keeps one blob of its. */
async function contracted(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const steward = await world.join('steward', { rich: true });
  const uuid = await putBlob(owner, 'blob');
  const advert = await advertiseBlobs(world, owner, [uuid]);
  await bidAll(world, advert, [[steward, 3n]]);
  const [outcome] = await awardLots(owner.context, advert);
  return { world, owner, steward, uuid, contract: outcome!.contract! };
}

const listed = ({ context }: TestNode, filter: Parameters<ReturnType<typeof contractHandlers>['contract.ls']>[0]) =>
  recordsOf(contractHandlers(context)['contract.ls'](filter, { signal }));

test('both sides see the same contract, each with what is its own', async (t) => {
  const { world, owner, steward, uuid, contract } = await contracted(t);
  const [paid] = await listed(owner, {});
  const [kept] = await listed(steward, {});
  for (const record of [paid, kept]) v.parse(ContractRecord, record);
  const alike = ({ contract: id, blob, size, price_grains, account, start_slot, end_slot }: ContractRecord) => ({
    ...{ id, blob, size, price_grains, account, start_slot, end_slot },
  });
  assert.deepEqual(alike(paid!), alike(kept!));
  assert.deepEqual([paid!.contract, paid!.blob, paid!.role, kept!.role], [contract, uuid, 'owner', 'steward']);
  assert.deepEqual([paid!.peer, kept!.peer], [steward.peerId, owner.peerId]);
  const start = paid!.start_slot;
  assert.equal(paid!.end_slot, start + 30 * world.params.daySlots);
  // A day and its jitter at the most: the steward never holds its owner late before it is.
  assert.equal(paid!.due_slot, start + world.params.daySlots);
  assert.ok(kept!.due_slot! >= paid!.due_slot! && kept!.prunable_slot! > kept!.due_slot!);
  assert.ok(BigInt(paid!.due_grains!) > 0n);
  assert.deepEqual([paid!.deck_left, kept!.deck_left, paid!.credit_grains, kept!.credit_grains], [24, null, '0', null]);
});

test('ls filters by role, state and blob; show finds either side, and tells of no other', async (t) => {
  const { owner, steward, uuid, contract } = await contracted(t);
  const { books } = owner.context;
  assert.deepEqual(await listed(owner, { role: 'steward' }), []);
  assert.deepEqual(await listed(steward, { role: 'owner' }), []);
  assert.equal((await listed(owner, { state: 'live', blob: uuid })).length, 1);
  assert.deepEqual(await listed(owner, { blob: contract }), []);
  await books.commit([books.owned.put(utf8(contract), { ...books.owned.get(utf8(contract))!, state: 'mia' })]);
  assert.deepEqual(await listed(owner, { state: 'live' }), []);
  for (const [node, state] of [
    [owner, 'mia'],
    [steward, 'live'],
  ] as const) {
    const show = contractHandlers(node.context)['contract.show'];
    const record = await show({ contract }, { signal });
    assert.deepEqual([record.state, record.due_slot === null], [state, state === 'mia']);
    await assert.rejects(
      show({ contract: uuid }, { signal }),
      (error) => isFailure(error) && error.code === 'not-found',
    );
  }
});
