import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeSignedTx } from '../../src/lib/chain/encoding.js';
import type { Defences } from '../../src/lib/chain/rules/run.js';
import { signTx } from '../../src/lib/chain/sign.js';
import { closeNonce, evolveNonce, vrfInput } from '../../src/lib/chain/stake/nonce.js';
import { isLeader, leaderThreshold } from '../../src/lib/chain/stake/threshold.js';
import type { Hash } from '../../src/lib/chain/types.js';
import { evaluate, expandSecret } from '../../src/lib/crypto/vrf.js';
import { alice, bob, carol, hashOf, type Person, TestChain, testParams } from '../chain/helpers.js';
import { offence } from '../chain/stake/offence.js';
import { type StakeWorld, stakeParams, staking } from '../chain/stake/world.js';
import { ada, bondedChain, buildLed, EPOCH, leadTo, Staker } from '../chain/stakers.js';
import { bent, outcome } from './attempt.js';

/* Each attack runs against a rule without the defence, where it must win, and against the rule, where it must not. */

const PARAMS = testParams();
const SLOTS = Array.from({ length: EPOCH }, (_, slot) => slot);
const SHARE: [stake: bigint, total: bigint] = [1n, 5n];
const THRESHOLD = leaderThreshold(PARAMS.derived.leaderConstant, ...SHARE);
/** Slots an epoch that a fifth of the stake leads: 1 − (1 − f)^(1/5) of all. */
const FAIR = EPOCH * (1 - 0.5 ** 0.2);

function slotsLed(secret: Uint8Array, nonce: Hash, slots = SLOTS): number {
  const parts = expandSecret(secret);
  return slots.filter((slot) => isLeader(evaluate(parts, vrfInput(nonce, slot)), THRESHOLD)).length;
}

test('threat 19: keys made for the nonce', async () => {
  const nonce = hashOf('the nonce of an epoch');
  const led = Array.from({ length: 24 }, (_, i) => slotsLed(hashOf(`key ${i}`), nonce));
  const best = Math.max(...led);
  // Leaders drawn from the bonds as they are: whoever bonds once the nonce is known leads as often as it likes.
  assert.ok(best > 1.4 * FAIR, `${best} slots, where ${FAIR.toFixed(1)} are fair`);
  // Keys fixed before: over nonces nobody knew, the best of them does as well as any.
  const ground = hashOf(`key ${led.indexOf(best)}`);
  const nonces = Array.from({ length: 12 }, (_, i) => hashOf(`nonce ${i}`));
  const mean = nonces.reduce((sum, other) => sum + slotsLed(ground, other), 0) / nonces.length;
  assert.ok(mean < 1.3 * FAIR, `${mean} slots, where ${FAIR.toFixed(1)} are fair`);
  // On the ledger: who bonds in an epoch whose nonce is known is in no snapshot that it draws from.
  const chain = await bondedChain();
  await leadTo(chain, 2 * EPOCH + 10);
  const mallory = new Staker('mallory');
  await chain.add(buildLed(chain, undefined, undefined, [fund(chain, mallory)]));
  await chain.add(buildLed(chain, undefined, undefined, [mallory.bond(chain, 100_000_000n)]));
  const epochs = [2, 3, 4].map((epoch) => epoch * EPOCH + 70);
  const drawn: boolean[] = [];
  for (const slot of epochs) {
    await leadTo(chain, slot);
    drawn.push(chain.ledger.draw(chain.ledger.tip.slot + 1)?.prove(mallory.address) !== undefined);
  }
  assert.deepEqual(drawn, [false, false, true], 'two epochs on, when that nonce was still to be made');
});

function fund(chain: TestChain, to: Person): Uint8Array {
  const outputs = [{ to: to.address, amount: 200_000_000n }];
  return chain.make({ kind: 'transfer', from: ada.address, outputs, memo: new Uint8Array(0) }, ada.signer).bytes;
}

test('threat 19: the nonce ground by blocks held back', (t) => {
  const secret = hashOf('a grinder');
  /** Slots led in the next epoch, by the best choice of which of its last blocks before the nonce to show. */
  const bestOf = (seed: string, blocks: number, part: (i: number) => Hash) => {
    const choices = 2 ** blocks;
    let best = 0;
    for (let choice = 0; choice < choices; choice++) {
      let evolving = hashOf(seed);
      for (let i = 0; i < blocks; i++) {
        if (choice & (1 << i)) evolving = evolveNonce(evolving, part(i));
      }
      best = Math.max(best, slotsLed(secret, closeNonce(evolving)));
    }
    return best;
  };
  const seeds = Array.from({ length: 8 }, (_, i) => `epoch ${i}`);
  const gain = (blocks: number) =>
    seeds.reduce((sum, seed) => sum + bestOf(seed, blocks, (i) => hashOf(`${seed} part ${i}`)), 0) /
    seeds.length /
    FAIR;
  const [one, two] = [gain(1), gain(2)];
  t.diagnostic(`a fifth of the stake gains ${one.toFixed(2)} by one block held back, ${two.toFixed(2)} by two`);
  // It takes two of its own at the very end, once in 25 epochs, and costs those two blocks.
  assert.ok(one < 1.4 && two < 1.7);
  // A leader that could choose what it adds, as by a signature of its own making, would have as many tries as it likes.
  const free = seeds.slice(0, 1).map((seed) => {
    const tries = Array.from({ length: 64 }, (_, i) => closeNonce(evolveNonce(hashOf(seed), hashOf(`try ${i}`))));
    return Math.max(...tries.map((nonce) => slotsLed(secret, nonce)));
  });
  assert.ok(free.every((led) => led > 1.5 * FAIR));
});

const STAKES: [Person, bigint][] = [
  [alice, 400_000_000n],
  [bob, 50_000_000n],
];

test('threat 21: who reports itself keeps its bond', async () => {
  const kept = (defences: Partial<Defences>) => {
    const world = staking(STAKES, undefined, defences);
    const before = world.balance(alice);
    world.next(evidenceOf(world, world.slot));
    assert.equal(world.bond(alice), undefined);
    return Number(world.balance(alice) - before) / 400_000_000;
  };
  assert.ok(kept({ rewardOf: (stake) => stake }) > 0.99);
  assert.ok(kept({}) < 0.051);
});

/** alice's offence, told by herself. */
function evidenceOf(world: StakeWorld, slot: number): Uint8Array {
  const ref = { height: 0, id: hashOf('any block') };
  const pair = offence(world.params, alice, slot);
  const tx = { kind: 'evidence' as const, ref, fee: 20_000n, ...pair, to: alice.address };
  return encodeSignedTx(signTx(tx, world.params.derived.genesisId, alice.signer));
}

test('threat 21: nothing at stake once the bond is back', async () => {
  /** Asks for the bond back, waits a little, then signs a second block of an old slot. */
  const punished = async (bondSlots: number) => {
    const world = staking([...STAKES, [carol, 400_000_000n]], bent(stakeParams(), { bondSlots }));
    const { slot } = world;
    world.next(world.unbondTx(alice));
    for (let i = 0; i < 10; i++) world.next();
    return outcome(() => world.next(evidenceOf(world, slot)));
  };
  assert.equal(await punished(4), 'bond-unknown', 'it is gone with its money');
  assert.equal(await punished(stakeParams().derived.bondSlots), 'valid');
});

test('threat 28: the absent keep slots that nobody leads', () => {
  const drawn = (defences: Partial<Defences>) => {
    const world = staking(STAKES, undefined, defences);
    for (let epoch = 3; epoch < 7; epoch++) {
      world.block(epoch * EPOCH, [], { producer: bob, staked: true });
      world.block(epoch * EPOCH + 1, [], { producer: bob, staked: true });
    }
    return world.globals.snapshot.total;
  };
  assert.equal(drawn({ isAbsent: () => false }), 450_000_000n, 'eight ninths of the draw are lost for good');
  assert.equal(drawn({}), 50_000_000n);
});

test('threat 28: all ask for their bonds back at once', () => {
  const left = (defences: Partial<Defences>) => {
    const world = staking(STAKES, undefined, defences);
    world.next(world.unbondTx(alice), world.unbondTx(bob));
    for (let slot = world.slot + 8; slot < 6 * EPOCH; slot += 8)
      world.block(slot, [], { producer: alice, staked: true });
    return world.globals.snapshot.total;
  };
  assert.equal(left({ mayLeave: () => true }), 0n, 'nobody is left to lead');
  assert.ok(left({}) >= 100_000_000n, 'a fortieth of the supply stays');
});

test('threat 28: no leader is left', async () => {
  const begun = await bondedChain();
  await leadTo(begun, 2 * EPOCH + 10);
  const revived = async (recoverySlots: number) => {
    const chain = await TestChain.open(bent(begun.params, { recoverySlots }), begun.store.copy());
    const { slot } = chain.ledger.tip;
    return outcome(() => chain.produce([], { slots: slot + 60 > 3 * EPOCH ? 30 : 60 }));
  };
  assert.equal(await revived(1_000_000), 'proof-kind', 'nobody may make a block, so nobody can bond either');
  assert.equal(await revived(begun.params.derived.recoverySlots), 'valid');
});
