import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LedgerError, type RuleCode } from '../../../src/lib/chain/errors.js';
import { alice, bob, carol, type Person } from '../helpers.js';
import { offence } from './offence.js';
import { funded, type StakeWorld, staking } from './world.js';

const accuse = (world: StakeWorld, of: Person, slot: number, name = '') =>
  world.make({ kind: 'evidence', ...offence(world.params, of, slot, name), to: carol.address }, carol.signer);
const refused = (rule: RuleCode) => (error: unknown) => error instanceof LedgerError && error.rule === rule;

/** Takes bob's bond of 2,000,000, and looks where it went. */
function slash(world: StakeWorld, slot: number): void {
  const [burnt, balance, supply] = [world.globals.burnt, world.balance(carol), world.globals.mined];
  const { events } = world.next(accuse(world, bob, slot));
  assert.equal(world.bond(bob), undefined);
  assert.equal(world.globals.burnt - burnt, 1_900_000n);
  assert.equal(world.globals.mined, supply);
  const paid = events.flatMap((event) => (event.kind === 'credit' && event.reason === 'slash' ? [event.amount] : []));
  assert.equal(world.balance(carol) - balance, paid[0]);
  assert.ok(paid[0]! > 90_000n && paid[0]! < 100_000n, 'a twentieth but for the fee');
  assert.throws(() => world.next(accuse(world, bob, slot, 'other')), refused('bond-unknown'), 'once');
}

function bonded(): StakeWorld {
  const world = funded();
  world.next(world.bondTx(alice, 500_000_000n), world.bondTx(bob, 2_000_000n));
  return world;
}

test('an active bond is slashed; drawn from old snapshots, it leads on without a bond', () => {
  const world = bonded();
  world.enter(1);
  world.enter(2);
  slash(world, world.slot);
  world.block(world.slot + 1, [], { producer: bob, staked: true });
  assert.equal(world.bond(bob), undefined);
  world.block(world.slot + 1, [], { producer: alice, staked: true });
  world.enter(3);
  assert.equal(world.globals.next.count, 1);
  assert.equal(world.globals.snapshot.count, 2);
});

test('a waiting bond is slashed, and nobody waits for it', () => {
  const world = staking([
    [alice, 199_000_000n],
    [bob, 2_000_000n],
  ]);
  world.next(world.unbondTx(alice));
  world.next(world.unbondTx(bob));
  assert.deepEqual([world.kind(alice), world.kind(bob), world.globals.waiting], ['waiting', 'waiting', 2]);
  slash(world, world.slot);
  assert.equal(world.globals.waiting, 1);
});

test('threat 21: a leaving bond is slashed until it comes back, and its place in the queue pays nothing', () => {
  const world = bonded();
  const signed = world.slot + 1;
  world.next(world.unbondTx(bob));
  const until = world.slot + 400;
  world.block(until - 2);
  const late = accuse(world, bob, signed);
  assert.throws(() => world.block(until + 5, [late]), refused('bond-unknown'), 'the queue comes first');
  world.block(until - 1, [accuse(world, bob, until - 20)]);
  assert.equal(world.bond(bob), undefined);
  const balance = world.balance(bob);
  world.block(until);
  assert.equal(world.balance(bob), balance);
});

test('an absent bond is slashed', () => {
  const world = staking([
    [alice, 199_000_000n],
    [bob, 2_000_000n],
  ]);
  world.enter(1000);
  assert.equal(world.kind(bob), 'absent');
  slash(world, world.slot);
});

test('a new bond of the same account answers for what it signs, not for an earlier one', () => {
  const world = bonded();
  const before = world.slot + 1;
  slash(world, before);
  world.next(world.bondTx(bob, 2_000_000n));
  assert.throws(() => world.next(accuse(world, bob, before)), refused('evidence-early'));
  slash(world, world.bond(bob)!.since);
});

test('a new bond is not paid back by the old one’s place in the queue', () => {
  const world = bonded();
  world.next(world.unbondTx(bob));
  const first = world.slot + 400;
  world.next(accuse(world, bob, world.slot));
  world.next(world.bondTx(bob, 2_000_000n));
  world.next(world.unbondTx(bob));
  const second = world.slot + 400;
  assert.ok(first < second);
  world.block(first);
  assert.equal(world.kind(bob), 'leaving');
  world.block(second);
  assert.equal(world.bond(bob), undefined);
});
