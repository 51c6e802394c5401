import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountDue } from '../../src/lib/bounty/confidence.js';
import type { Params } from '../../src/lib/chain/params.js';
import { advertFee, maxCreditOf } from '../../src/lib/chain/rules/advert.js';
import { afterClaim, type DebtLimit, pauseFor, prunableSlot } from '../../src/lib/plan/interval.js';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import { fittingProtects, type Protects, prunePlan } from '../../src/lib/plan/prune.js';
import type { StewardContract } from '../../src/lib/plan/types.js';
import { keptOf, nowAt, paramsOf } from './samples.js';
import { Steward, World } from './world.js';

const MAIN = paramsOf('main');
const DAY = MAIN.daySlots;
const kept = (change: Partial<StewardContract> = {}) =>
  keptOf({ startSlot: 0, lastPaidSlot: 0, termSlots: 365 * DAY, maxCredit: 3500n, ...change });

test('threat 8: a bounty whose key fits nothing counts as unpaid, and the steward prunes', () => {
  const anyProtects: Protects = ({ expiresSlot }, slot) => slot <= expiresSlot;
  const after = (protects: Protects, fits: boolean) => {
    const slot = prunableSlot(kept(), MAIN) + 1;
    const openBounty = { id: 'b', expiresSlot: slot + 5, fits, claimed: false };
    const contracts = [kept({ openBounty })];
    return prunePlan({ now: nowAt(slot, { params: MAIN }), contracts, claimable: [], protects }).length;
  };
  assert.equal(after(anyProtects, false), 0);
  assert.equal(after(fittingProtects, false), 1);
  assert.equal(after(fittingProtects, true), 0);
});

/** Slots that an owner gets for nothing who stops paying now. */
const freeSlots = (contract: StewardContract, params: Params) => prunableSlot(contract, params) - contract.lastPaidSlot;

test('threat 9: who pays until it is trusted and then stops was kept for no longer than its advert paid for', () => {
  const { size, price } = kept();
  const advert = { lots: 1, size, reserve: price, creditDays: 10 };
  const unlimited: DebtLimit = () => Number.POSITIVE_INFINITY;
  /** What is kept for nothing after so many payments, less what the advert consumed, in grains. */
  const gain = (confidence: number, limit?: DebtLimit) => {
    const lastPaidSlot = [1, 8, 22, 50][confidence]! * DAY;
    const earned = amountDue({ size, price, slots: lastPaidSlot, daySlots: DAY });
    const contract = kept({ confidence, earned, lastPaidSlot, maxCredit: maxCreditOf(advert) });
    const slots = prunableSlot(contract, MAIN, limit) - lastPaidSlot;
    return amountDue({ size, price, slots, daySlots: DAY }) - advertFee(advert);
  };
  for (const confidence of [1, 2, 3]) {
    assert.ok(gain(confidence, unlimited) > 0n, 'on grace alone it pays');
    assert.ok(gain(confidence) <= 0n);
  }
});

test('threat 9: junk bounties put pruning off only where a bounty without a fitting key protects', () => {
  const anyProtects: Protects = ({ expiresSlot }, slot) => slot <= expiresSlot;
  /** Days until the blob goes, with a junk bounty always open. */
  const lasts = (protects: Protects) => {
    for (let day = 1; day < 60; day += 1) {
      const slot = day * DAY;
      const openBounty = { id: 'junk', expiresSlot: slot + DAY, fits: false, claimed: false };
      const now = nowAt(slot, { params: MAIN });
      if (prunePlan({ now, contracts: [kept({ openBounty })], claimable: [], protects }).length > 0) return day;
    }
    return 60;
  };
  assert.equal(lasts(anyProtects), 60);
  assert.equal(lasts(fittingProtects), 4);
});

test('threat 9: payments of dust buy neither time nor confidence', () => {
  type Claim = typeof afterClaim;
  const everyClaimCounts: Claim = (contract, { amount, openedSlot }) => ({
    confidence: contract.confidence + 1,
    earned: contract.earned + amount,
    lastPaidSlot: openedSlot,
  });
  /** Four claims within an hour, each of what an hour's quarter is worth. */
  const afterFour = (rule: Claim) => {
    let contract = kept({ maxCredit: 10_000n });
    for (let i = 1; i <= 4; i += 1)
      contract = { ...contract, ...rule(contract, { amount: 2n, openedSlot: i * 900 }, MAIN) };
    return { contract, days: freeSlots(contract, MAIN) / DAY };
  };
  assert.ok(afterFour(everyClaimCounts).days > 70);
  const { contract, days } = afterFour(afterClaim);
  assert.equal(contract.confidence, 0);
  assert.ok(days < 4);
});

test('less than what is owed moves the due slot less', () => {
  const half = { ...kept(), ...afterClaim(kept(), { amount: 50n, openedSlot: DAY }, MAIN) };
  const full = { ...kept(), ...afterClaim(kept(), { amount: 100n, openedSlot: DAY }, MAIN) };
  assert.deepEqual([half.confidence, full.confidence], [1, 1]);
  assert.equal(prunableSlot(full, MAIN) - prunableSlot(half, MAIN), DAY / 2);
  const third = afterClaim(kept(), { amount: 33n, openedSlot: DAY }, MAIN);
  assert.equal(third.confidence, 0);
});

test('threat 9: a contract has one pause until it is paid, however many of its batches fail', () => {
  /** Days until the blob goes, whose owner names it in a batch with one that is known to be gone, every other day. */
  const lasts = (rule: typeof pauseFor) => {
    let contract = kept();
    for (let day = 1; day < 60; day += 1) {
      const slot = day * DAY;
      const now = nowAt(slot, { params: MAIN });
      if (prunePlan({ now, contracts: [contract], claimable: [] }).length > 0) return day;
      const pause = day % 2 === 1 ? rule(contract, { items: 2, openedSlot: slot }, MAIN) : undefined;
      contract = { ...contract, pause: pause ?? contract.pause };
    }
    return 60;
  };
  const everyBatchPauses: typeof pauseFor = (contract, batch, params) => {
    const { slots } = pauseFor({ ...contract, pause: null }, batch, params)!;
    return { fromSlot: batch.openedSlot, slots: slots + (contract.pause?.slots ?? 0) };
  };
  assert.equal(lasts(everyBatchPauses), 60);
  // Due after 1.1 days; a grace of two days and 300 slots, and three rounds as long.
  assert.equal(lasts(pauseFor), 10);
  assert.equal(
    lasts(() => undefined),
    4,
  );
});

/** One steward with sixteen blobs, paid by one bounty; then one of them is gone, of which it says nothing. */
function starving(change: (world: World) => void) {
  const steward = new Steward('s', 100n);
  const world = new World([steward], 'starving');
  const uuids = Array.from({ length: 16 }, (_, share) => world.addShare(share));
  for (const uuid of uuids) world.sign(uuid, steward, 100n, { size: 1 << 30, term: 365 });
  world.says = false;
  change(world);
  world.run(9);
  steward.blobs.delete(uuids[5]!);
  world.run(300);
  const states = [...world.contracts.values()].map(({ state }) => state);
  const bounties = world.done.filter(({ action }) => action.kind === 'pay').length;
  return { kept: steward.blobs.size, missing: states.filter((state) => state === 'mia').length, states, bounties };
}

test('threat 27: one bad blob starves its batch', () => {
  // The batch is posted again as it is: nobody is ever paid, or found out, and the good blobs go, too.
  const whole = starving((world) => {
    world.split = () => 0;
  });
  assert.deepEqual([whole.kept, whole.missing], [0, 0]);
  // Halves, but no pause: those that share a half with it are pruned before they are paid.
  const hasty = starving((world) => {
    world.pauseFor = () => undefined;
  });
  assert.ok(hasty.kept >= 8 && hasty.kept < 15, `${hasty.kept} blobs are left`);
  const { kept: left, missing, states, bounties } = starving(() => {});
  assert.deepEqual([left, missing, states[5]], [15, 1, 'mia']);
  // One that signs what it lost saves the others the halving.
  const told = starving((world) => {
    world.says = true;
  });
  assert.deepEqual([told.kept, told.missing, told.states[5]], [15, 1, 'mia']);
  assert.ok(told.bounties < bounties, `${told.bounties} bounties, not ${bounties}`);
});

/** Ten shares with ten stewards, whose owner sees nobody for a while; what it gives up, uploads again and spends. */
function eclipsed(minPeers: number) {
  const stewards = Array.from({ length: 20 }, (_, i) => new Steward(`s${i}`, 100n));
  const world = new World(stewards, 'eclipsed');
  world.policy = parsePolicy({ minPeers });
  const uuids = Array.from({ length: 10 }, (_, number) => world.addShare(number));
  world.advertise({ uuids, size: 1 << 30, reserve: 500n, creditDays: 35, termDays: 365, excluded: [] });
  world.run(120);
  assert.equal(world.contracts.size, 10);
  Object.assign(world, { eclipsed: true, peers: 0 });
  world.run(200);
  const adverts = world.done.flatMap(({ action }) => (action.kind === 'advertise' ? [action] : []));
  const missing = world.done.filter(({ action }) => action.kind === 'mia').length;
  const uploaded = adverts.reduce((sum, { uuids: { length }, size }) => sum + length * size, 0);
  const fees = adverts.reduce((sum, advert) => sum + advertFee({ ...advert, lots: advert.uuids.length }), 0n);
  return { missing, uploaded, fees };
}

test('threat 17: eclipse makes stewards look missing, and their owner uploads all again', () => {
  const off = eclipsed(0);
  assert.ok(
    off.missing >= 10 && off.uploaded >= 10 * 2 ** 30 && off.fees > 0n,
    `${off.missing}, ${off.uploaded}, ${off.fees}`,
  );
  assert.deepEqual(eclipsed(2), { missing: 0, uploaded: 0, fees: 0n });
});

test('threat 8: a batch whose key fits nothing pays for none of its blobs, and protects none', () => {
  const anyProtects: Protects = ({ expiresSlot }, slot) => slot <= expiresSlot;
  const slot = prunableSlot(kept(), MAIN) + 1;
  const contracts = ['u1', 'u2', 'u3'].map((uuid, i) => kept({ id: `k${i}`, uuid }));
  const uuids = contracts.map(({ uuid }) => uuid);
  const after = (protects: Protects, fits: boolean) => {
    const junk = { id: 'b', uuids, amount: 300n, expiresSlot: slot + 5, fits, sweeping: false };
    return prunePlan({ now: nowAt(slot, { params: MAIN }), contracts, claimable: [junk], protects }).length;
  };
  assert.equal(after(anyProtects, false), 0);
  assert.equal(after(fittingProtects, false), 3);
  assert.equal(after(fittingProtects, true), 0);
});
