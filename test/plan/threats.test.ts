import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountDue } from '../../src/lib/bounty/confidence.js';
import type { Params } from '../../src/lib/chain/params.js';
import { advertFee } from '../../src/lib/chain/rules/advert.js';
import { afterClaim, prunableSlot } from '../../src/lib/plan/interval.js';
import { fittingProtects, type Protects, prunePlan } from '../../src/lib/plan/prune.js';
import type { StewardContract } from '../../src/lib/plan/types.js';
import { keptOf, nowAt, paramsOf } from './samples.js';

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

test('threat 9: living on grace with fresh keys costs more than paying', () => {
  const { size, price } = kept();
  const stored = amountDue({ size, price, slots: freeSlots(kept(), MAIN), daySlots: DAY });
  // Defence off: an advert is free, and the storage is a gift.
  assert.ok(stored > 0n);
  assert.ok(advertFee({ lots: 1, size, reserve: price }) > stored);
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
    let contract = kept();
    for (let i = 1; i <= 4; i += 1)
      contract = { ...contract, ...rule(contract, { amount: 2n, openedSlot: i * 900 }, MAIN) };
    return { contract, days: freeSlots(contract, MAIN) / DAY };
  };
  assert.ok(afterFour(everyClaimCounts).days > 70);
  const { contract, days } = afterFour(afterClaim);
  assert.equal(contract.confidence, 0);
  assert.ok(days < 4);
});

test('threat 9: less than what is owed moves the due slot less', () => {
  const half = { ...kept(), ...afterClaim(kept(), { amount: 50n, openedSlot: DAY }, MAIN) };
  const full = { ...kept(), ...afterClaim(kept(), { amount: 100n, openedSlot: DAY }, MAIN) };
  assert.deepEqual([half.confidence, full.confidence], [1, 1]);
  assert.equal(prunableSlot(full, MAIN) - prunableSlot(half, MAIN), DAY / 2);
  const third = afterClaim(kept(), { amount: 33n, openedSlot: DAY }, MAIN);
  assert.equal(third.confidence, 0);
});

test('threat 9: however high the confidence, what is owed at the due slot stays within maxCredit', () => {
  const trusted = kept({ confidence: 9, earned: 5000n, lastPaidSlot: 50 * DAY });
  const limited = { ...trusted, maxCredit: 300n };
  assert.ok(prunableSlot(trusted, MAIN) - prunableSlot(limited, MAIN) > 27 * DAY);
});
