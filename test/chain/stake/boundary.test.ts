import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BLOCK, expectedBlocks } from '../../../src/lib/chain/stake/absence.js';
import { SnapshotTree, verifyStake } from '../../../src/lib/chain/stake/snapshot.js';
import { leaderThreshold } from '../../../src/lib/chain/stake/threshold.js';
import { toHex } from '../../../src/lib/util/bytes.js';
import { alice, bob, carol, miner, type Person } from '../helpers.js';
import { funded, keysOf, StakeWorld, stakeParams, staking } from './world.js';

const rootOf = (...stakes: [Person, bigint][]) =>
  toHex(
    new SnapshotTree(stakes.map(([person, stake]) => ({ account: person.address, stake, ...keysOf(person) }))).snapshot
      .root,
  );
const roots = ({ globals }: StakeWorld) => [toHex(globals.snapshot.root), toHex(globals.next.root)];
const expected = ({ params: { derived } }: StakeWorld, stake: bigint, total: bigint) =>
  expectedBlocks(leaderThreshold(derived.leaderConstant, stake, total), derived.epochSlots);

test('leaders are drawn from the bonds as they were two epochs before', () => {
  const world = funded();
  world.next(world.bondTx(alice, 300_000_000n));
  assert.deepEqual(roots(world), [rootOf(), rootOf()]);
  const { frozen } = world.enter(1, 7, [world.bondTx(bob, 500_000n)]);
  assert.deepEqual(roots(world), [rootOf(), rootOf([alice, 300_000_000n])], 'the block itself comes too late');
  assert.equal(frozen?.epoch, 2);
  assert.ok(verifyStake(world.globals.next.root, frozen.tree.prove(alice.address)!), 'its leaves can be proven');
  assert.equal(world.next(world.bondTx(alice, 5n)).frozen, undefined);
  assert.deepEqual(world.bond(alice)!.drawn, [0n, 300_000_000n]);
  world.enter(2);
  const both: [Person, bigint][] = [
    [bob, 500_000n],
    [alice, 300_000_005n],
  ];
  assert.deepEqual(roots(world), [rootOf([alice, 300_000_000n]), rootOf(...both)]);
  assert.deepEqual(world.bond(alice)!.drawn, [300_000_000n, 300_000_005n]);
  assert.deepEqual(world.globals.next.total, 300_500_005n);
});

test('where epochs went by without a block, both snapshots are the bonds as they were', () => {
  const world = funded();
  world.next(world.bondTx(alice, 1_000_000n));
  const { frozen } = world.enter(3);
  assert.deepEqual(roots(world), [rootOf([alice, 1_000_000n]), rootOf([alice, 1_000_000n])]);
  assert.equal(frozen?.epoch, 3);
  assert.deepEqual(world.bond(alice)!.drawn, [1_000_000n, 1_000_000n]);
});

test('staking begins with the first epoch whose snapshot holds a twentieth of the supply', () => {
  const world = funded();
  world.next(world.bondTx(alice, 199_999_999n));
  world.enter(1);
  assert.equal(world.globals.stakingSince, 0);
  world.next(world.bondTx(alice, 1n));
  world.enter(2);
  assert.equal(world.globals.stakingSince, 3);
});

test('staking begins only when mining has ended', () => {
  const world = funded({ ...stakeParams(), powBlocks: 6 });
  world.next(world.bondTx(alice, 900_000_000n));
  world.enter(1);
  assert.equal(world.height, 6);
  assert.equal(world.globals.stakingSince, 0, 'the parent is the fifth block');
  world.enter(2);
  assert.equal(world.globals.stakingSince, 3);
});

test('a world without bonds mines on', () => {
  const world = new StakeWorld();
  world.enter(1);
  world.enter(9);
  assert.equal(world.globals.stakingSince, 0);
});

/** alice signs, carol has gone away: 5.4 blocks an epoch are expected of her. */
function halfAway(): StakeWorld {
  return staking([
    [alice, 900_000_000n],
    [carol, 100_000_000n],
  ]);
}

const signedBy = (world: StakeWorld, person: Person) =>
  world.block(world.slot + 1, [], { producer: person, staked: true });

test('threat 28: who signs nothing while 20 blocks were expected of it leaves, and comes back by a rebond', () => {
  const world = halfAway();
  const each = expected(world, 100_000_000n, 1_000_000_000n);
  assert.ok(5n * BLOCK < each && each < 6n * BLOCK);
  for (let epoch = 2; epoch <= 5; epoch++) {
    assert.equal(world.bond(carol)!.missed, BigInt(epoch - 2) * each);
    assert.equal(world.kind(carol), 'active');
    signedBy(world, alice);
    world.enter(epoch + 1);
  }
  assert.equal(world.kind(alice), 'active');
  assert.equal(world.bond(alice)!.missed, 0n);
  assert.equal(world.kind(carol), 'absent');
  assert.deepEqual(world.bond(carol)!.drawn, [100_000_000n, 0n], 'the running snapshot was frozen with it');
  assert.equal(world.globals.bonded, 900_000_000n);
  assert.deepEqual(
    world.last!.events.filter((event) => event.kind === 'bond').map(({ account }) => toHex(account)),
    [toHex(carol.address)],
  );

  signedBy(world, alice);
  world.next(world.rebondTx(carol));
  assert.equal(world.kind(carol), 'active');
  world.enter(7);
  assert.equal(world.kind(carol), 'active', 'the epoch it came back in is not held against it');
  assert.deepEqual(world.bond(carol)!.drawn, [0n, 100_000_000n]);
  signedBy(world, alice);
  world.enter(8);
  assert.equal(world.bond(carol)!.missed, 0n, 'nothing was expected of who was not drawn');
  signedBy(world, alice);
  world.enter(9);
  assert.equal(world.bond(carol)!.missed, each);
  world.block(world.slot + 1, [], { producer: carol });
  signedBy(world, alice);
  world.enter(10);
  assert.equal(world.bond(carol)!.missed, 2n * each, 'a mined block proves no stake');
  signedBy(world, carol);
  signedBy(world, alice);
  world.enter(11);
  assert.equal(world.bond(carol)!.missed, 0n);
});

test('nothing is expected before staking begins', () => {
  const world = funded();
  world.next(world.bondTx(alice, 900_000_000n));
  world.enter(1);
  world.enter(2);
  assert.equal(world.globals.stakingSince, 2);
  assert.equal(world.bond(alice)!.missed, 0n);
});

test('epochs without a block count against those who should have led them', () => {
  const world = staking([
    [alice, 999_000_000n],
    [carol, 1_000_000n],
  ]);
  signedBy(world, alice);
  world.enter(5);
  assert.equal(world.kind(alice), 'absent', 'it signed in epoch 2, and not in 3 and 4');
  assert.equal(
    world.bond(carol)!.missed,
    3n * expected(world, 1_000_000n, 1_000_000_000n) + 1n,
    'rounded once for two',
  );
  assert.equal(world.globals.stakingSince, 2, 'it never turns back');
  assert.deepEqual(roots(world), [rootOf([carol, 1_000_000n]), rootOf([carol, 1_000_000n])]);
  world.enter(1_000_000_000);
  assert.equal(world.kind(carol), 'absent');
  assert.deepEqual(roots(world), [rootOf(), rootOf()]);
  assert.equal(world.globals.bonded, 0n);
  const asked = world.slot + 2;
  world.next(world.unbondTx(carol));
  assert.deepEqual(world.bond(carol)!.state, { kind: 'leaving', until: asked + 400 }, 'the absent need not wait');
});

test('a bond comes back when nothing can be held against it any more', () => {
  const world = funded();
  world.next(world.bondTx(alice, 100_000n), world.bondTx(bob, 200_000n), world.bondTx(carol, 300_000n));
  world.next(world.unbondTx(alice));
  const until = world.slot + world.params.derived.bondSlots;
  assert.equal(world.params.derived.bondSlots, 400);
  assert.deepEqual(world.bond(alice)!.state, { kind: 'leaving', until });
  const balance = world.balance(alice);
  world.block(until - 1);
  assert.equal(world.kind(alice), 'leaving');
  world.block(until);
  assert.equal(world.bond(alice), undefined);
  assert.equal(world.balance(alice), balance + 100_000n);
  assert.deepEqual([world.bond(carol)!.index, world.bond(bob)!.index], [0, 1], 'the last one takes the free number');
  assert.deepEqual(
    world.last!.events.flatMap((event) => (event.kind === 'credit' ? [[event.reason, event.amount]] : [])),
    [['unbond', 100_000n]],
  );
  world.next(world.bondTx(alice, 150_000n));
  assert.equal(world.bond(alice)!.index, 2);
});

test('threat 28: an unbond that would leave less than a fortieth of the supply waits, and is drawn on', () => {
  const world = staking([
    [alice, 900_000_000n],
    [carol, 99_999_999n],
  ]);
  signedBy(world, alice);
  signedBy(world, carol);
  world.next(world.unbondTx(alice));
  assert.deepEqual(world.bond(alice)!.state, { kind: 'waiting', since: world.slot });
  world.enter(3);
  assert.equal(world.kind(alice), 'waiting');
  assert.equal(world.globals.next.total, 999_999_999n);
  signedBy(world, alice);
  signedBy(world, carol);
  world.next(world.bondTx(carol, 1n));
  assert.equal(world.kind(alice), 'waiting', 'until the epoch is over');
  world.enter(4);
  assert.deepEqual(world.bond(alice)!.state, { kind: 'leaving', until: world.slot + 400 });
  assert.deepEqual(roots(world)[1], rootOf([carol, 100_000_000n]));
});

/** miner goes at once; alice is too large to go; then carol and bob ask, in this order or the other. */
function queued(alices: bigint, asking: [Person, Person] = [carol, bob]): StakeWorld {
  const stakes: [Person, bigint][] = [
    [alice, alices],
    [bob, 50_000_000n],
    [carol, 10_000_000n],
    [miner, 140_000_000n - alices],
  ];
  const world = staking(stakes);
  for (const [person] of stakes) signedBy(world, person);
  for (const person of [miner, alice, ...asking]) world.next(world.unbondTx(person));
  assert.equal(world.kind(miner), 'leaving');
  assert.deepEqual(
    [alice, carol, bob].map((person) => world.kind(person)),
    ['waiting', 'waiting', 'waiting'],
    'where somebody waits, all do',
  );
  world.enter(3);
  return world;
}

test('a bond that is too large to go holds nobody up, and exactly a fortieth may stay', () => {
  const world = queued(100_000_000n);
  assert.deepEqual([world.kind(alice), world.kind(carol), world.kind(bob)], ['waiting', 'leaving', 'leaving']);
  assert.equal(world.globals.bonded, 100_000_000n);
});

test('of those who wait the first to ask goes first', () => {
  const world = queued(99_999_999n);
  assert.deepEqual([world.kind(alice), world.kind(carol), world.kind(bob)], ['waiting', 'leaving', 'waiting']);
  // Whatever their accounts are called.
  const other = queued(99_999_999n, [bob, carol]);
  assert.deepEqual([other.kind(alice), other.kind(bob), other.kind(carol)], ['waiting', 'leaving', 'waiting']);
});

test('who waits for its bond and is absent has it back without waiting for others', () => {
  const world = staking([
    [alice, 50_000_000n],
    [carol, 160_000_000n],
  ]);
  world.next(world.unbondTx(carol));
  assert.equal(world.kind(carol), 'waiting');
  signedBy(world, alice);
  world.enter(3);
  assert.equal(world.kind(carol), 'leaving');
});
