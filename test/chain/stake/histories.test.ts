import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LedgerError } from '../../../src/lib/chain/errors.js';
import { alice, bob, carol, miner } from '../helpers.js';
import { offence } from './offence.js';
import { funded, type StakeWorld } from './world.js';

const people = [alice, bob, carol, miner];

const acts = fc.record({
  kind: fc.constantFrom('bond', 'bond', 'more', 'unbond', 'rebond', 'rebond', 'evidence'),
  who: fc.nat(3),
  /** Up to a twentieth of the supply. */
  amount: fc.bigInt({ min: 100_000n, max: 200_000_000n }),
});

const steps = fc.array(
  fc.record({
    acts: fc.array(acts, { maxLength: 3 }),
    slots: fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 1, max: 40 }) }, fc.integer({ min: 41, max: 300 })),
    /** Beyond the people: a mined block. */
    producer: fc.nat(5),
  }),
  { minLength: 60, maxLength: 100 },
);

type Act = typeof acts extends fc.Arbitrary<infer T> ? T : never;

function draft(world: StakeWorld, { kind, who, amount }: Act): Uint8Array {
  const me = people[who]!;
  switch (kind) {
    case 'bond':
      return world.bondTx(me, amount);
    case 'more':
      return world.bondTx(me, amount / 1_000n);
    case 'unbond':
      return world.unbondTx(me);
    case 'rebond':
      return world.rebondTx(me);
    default: {
      // Now and then: else nobody grows old enough to be absent.
      const slot = amount % 8n === 0n ? world.slot : 0;
      const to = people[(who + 1) % 4]!.address;
      return world.make({ kind: 'evidence', ...offence(world.params, me, slot), to }, me.signer);
    }
  }
}

/** Whether the block was taken. */
function tried(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}

test('over random histories of bonds every grain is counted, every block can be taken back, and staking never ends', () => {
  const seen = new Map<string, number>();
  const see = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
  fc.assert(
    fc.property(steps, (plan) => {
      const world = funded();
      for (const { acts: wanted, slots, producer } of plan) {
        const since = world.globals.stakingSince;
        for (const act of wanted) {
          if (tried(() => world.next(draft(world, act)))) see(act.kind);
        }
        const leader = people[producer];
        world.block(world.slot + slots, [], leader ? { producer: leader, staked: true } : {});
        if (since > 0) assert.equal(world.globals.stakingSince, since);
        for (const person of people) see(world.kind(person) ?? 'none');
        if (world.globals.stakingSince > 0) see('staking');
      }
    }),
    { numRuns: 15 },
  );
  const wanted = ['bond', 'more', 'unbond', 'rebond', 'evidence', 'active', 'waiting', 'leaving', 'absent', 'staking'];
  for (const what of wanted) assert.ok((seen.get(what) ?? 0) > 0, `the histories saw ${what}`);
});
