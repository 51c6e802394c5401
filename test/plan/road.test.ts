import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountDue } from '../../src/lib/bounty/confidence.js';
import { DAY } from './samples.js';
import { Steward, World } from './world.js';

const START = 1000;
/** An auction of 16 slots, 24 of reveals, and one to clear. */
const PLACED = START + 16 + 24 + 1;

/** Three shares placed with the three cheapest of five stewards, at the fourth's price. */
function begin(seed: string): World {
  const world = new World(
    [100n, 110n, 120n, 130n, 140n].map((price, i) => new Steward(`s${i}`, price)),
    seed,
  );
  const uuids = [0, 1, 2].map((share) => world.addShare(share));
  world.advertise({ uuids, size: 1 << 30, reserve: 500n, creditDays: 35, termDays: 365, excluded: [] });
  world.run(PLACED - START + 1);
  return world;
}

const actions = (world: World, who: string, kind: string) =>
  world.done.filter((entry) => entry.who === who && entry.action.kind === kind);

test('placed by auction, paid and audited at stretching intervals, with nothing pruned or missing', () => {
  for (const seed of ['a', 'b', 'c', 'd', 'e', 'f']) {
    const world = begin(seed);
    const contracts = [...world.contracts.values()];
    assert.deepEqual(
      contracts.map(({ price }) => price),
      [130n, 130n, 130n],
    );
    world.run(130 * DAY);
    for (const contract of contracts) {
      const pays = world.done.flatMap(({ slot, action }) =>
        action.kind === 'pay'
          ? action.items.filter((item) => item.contract === contract.id).map(({ amount }) => ({ slot, amount }))
          : [],
      );
      const days = pays.map(({ slot }, i) => (slot - (pays[i - 1]?.slot ?? contract.startSlot)) / DAY);
      const expected = [1, 7, 14, 28, 28, 28].slice(0, days.length);
      assert.ok(days.length >= 6);
      for (const [i, length] of expected.entries()) {
        assert.ok(Math.abs(days[i]! - length) <= length / 10 + 0.1, `interval ${i} was ${days[i]} days`);
      }
      assert.ok(contract.confidence >= 5);
      const paid = pays
        .filter(({ slot }) => slot <= contract.paidUntilSlot)
        .reduce((sum, { amount }) => sum + amount, 0n);
      const due = amountDue({ ...contract, slots: contract.paidUntilSlot - contract.startSlot, daySlots: DAY });
      assert.ok(paid >= due && paid <= due + BigInt(pays.length));
    }
    assert.deepEqual(
      world.done.filter(({ action }) => ['mia', 'prune', 'revoke', 'repair', 'end'].includes(action.kind)),
      [],
    );
  }
});

test('a steward that vanishes: expiry, revoke, one retry, MIA, repair, a new steward, and payments go on', () => {
  const world = begin('lost');
  world.run(10 * DAY);
  const lost = [...world.contracts.values()][1]!;
  const steward = world.stewards[world.stewards.findIndex(({ kept }) => kept.has(lost.id))]!;
  assert.equal(lost.confidence, 2);
  steward.alive = false;
  steward.blobs.clear();
  world.run(60 * DAY);
  assert.equal(lost.state, 'mia');
  const seen = world.done.filter(({ who }) => who === 'owner').map(({ action }) => action.kind);
  const count = (kind: string) => seen.filter((one) => one === kind).length;
  assert.deepEqual(
    [count('revoke'), count('mia'), count('repair'), count('advertise'), count('award')],
    [2, 1, 1, 1, 2],
  );
  const order = ['mia', 'repair', 'advertise'].map((kind) => seen.indexOf(kind as (typeof seen)[number]));
  assert.deepEqual(
    order,
    [...order].sort((a, b) => a - b),
  );
  const heir = [...world.contracts.values()].at(-1)!;
  assert.deepEqual([heir.uuid, heir.state], ['share 1 generation 1', 'live']);
  assert.ok(heir.confidence >= 2);
  assert.ok(![...world.contracts.values()].some((other) => other !== heir && other.account === heir.account));
  assert.equal(world.blobs.get(lost.uuid)!.state, 'replaced');
  const retries = world.done.filter(({ action }) => action.kind === 'pay' && action.items[0]!.attempt === 1);
  assert.equal(retries.length, 1);
});

test('a blob given up at confidence 1 is not paid, not repaired, and its steward prunes it', () => {
  const world = begin('dropped');
  world.run(4 * DAY);
  const dropped = [...world.contracts.values()][2]!;
  assert.equal(dropped.confidence, 1);
  dropped.state = 'dropped';
  world.blobs.get(dropped.uuid)!.state = 'dropped';
  const { payIndex } = dropped;
  world.run(20 * DAY);
  assert.equal(dropped.payIndex, payIndex);
  const prunes = world.done.filter(({ action }) => action.kind === 'prune');
  assert.deepEqual(
    prunes.map(({ action }) => action.kind === 'prune' && [action.uuid, action.reason]),
    [[dropped.uuid, 'unpaid']],
  );
  // Paid on day 1; 7 days and their jitter; 10.5 of grace.
  const days = (prunes[0]!.slot - dropped.paidUntilSlot) / DAY;
  assert.ok(days > 18 && days < 19, `pruned after ${days} days`);
  assert.deepEqual([...actions(world, 'owner', 'repair'), ...actions(world, 'owner', 'mia')], []);
});

test('a steward that is away for a claim window comes back to the retry', () => {
  const world = begin('away');
  world.run(5);
  const contract = [...world.contracts.values()][0]!;
  const steward = world.stewards.find(({ kept }) => kept.has(contract.id))!;
  steward.alive = false;
  world.run(35);
  steward.alive = true;
  world.run(5 * DAY);
  assert.equal(contract.confidence, 1);
  assert.deepEqual([steward.blobs.size, actions(world, 'owner', 'mia').length], [1, 0]);
  assert.equal(actions(world, 'owner', 'revoke').length, 1);
});

test('an owner that is away for days pays once for all of them', () => {
  const world = begin('late');
  const before = world.done.length;
  world.slot += 4 * DAY;
  world.run(3);
  const pays = world.done.slice(before).flatMap(({ action }) => (action.kind === 'pay' ? [action.amount] : []));
  assert.equal(pays.length, 3);
  assert.ok(pays.every((amount) => amount >= 4n * 130n));
});
