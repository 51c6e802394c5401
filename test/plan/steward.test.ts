import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Advert } from '../../src/lib/chain/types.js';
import { prunableSlot, stewardDueSlot } from '../../src/lib/plan/interval.js';
import { prunePlan } from '../../src/lib/plan/prune.js';
import { type StewardView, stewardPlan } from '../../src/lib/plan/steward.js';
import type { ClaimableBounty, StewardAdvert, StewardContract } from '../../src/lib/plan/types.js';
import { advertOf, hashOf } from '../market/samples.js';
import { DEVNET, keptOf, nowAt } from './samples.js';

const ACCOUNT = hashOf('steward');
const view = (slot: number, change: Partial<StewardView> = {}): StewardView => ({
  now: nowAt(slot),
  contracts: [],
  adverts: [],
  standing: { price: 300n, capacityBytes: 5 << 20, termDays: 90 },
  account: ACCOUNT,
  barred: false,
  disk: { freeBytes: 100 << 20, committedBytes: 3 << 20 },
  claimable: [],
  ...change,
});
const offer = (id: string, change: Partial<Advert> = {}, more: Partial<StewardAdvert> = {}): StewardAdvert => ({
  id,
  advert: advertOf({ creditDays: 4, ...change }),
  own: false,
  bid: null,
  ...more,
});
const claimable = (id: string, change: Partial<ClaimableBounty> = {}): ClaimableBounty => ({
  id,
  uuids: ['u1'],
  amount: 100n,
  expiresSlot: 1030,
  fits: true,
  sweeping: false,
  ...change,
});

test('one multi-sweep takes all that fit, those that expire soonest first', () => {
  const bounties = [
    claimable('late', { expiresSlot: 1090 }),
    claimable('soon'),
    claimable('junk', { fits: false }),
    claimable('under way', { sweeping: true }),
    claimable('over', { expiresSlot: 1019 }),
    claimable('last slot', { expiresSlot: 1020 }),
  ];
  const [sweep, ...rest] = stewardPlan(view(1020, { claimable: bounties }));
  assert.deepEqual(rest, []);
  assert.ok(sweep?.kind === 'sweep');
  assert.deepEqual(sweep.bounties, ['last slot', 'soon', 'late']);
  assert.deepEqual(stewardPlan(view(1020, { claimable: [...bounties].reverse() })), [sweep]);
});

test('more than a transaction holds takes several', () => {
  const bounties = Array.from({ length: 300 }, (_, i) => claimable(`${i}`));
  const sizes = stewardPlan(view(1020, { claimable: bounties })).map((a) => a.kind === 'sweep' && a.bounties.length);
  assert.deepEqual(sizes, [256, 44]);
});

test('the standing bid answers adverts, within what capacity and disk hold', () => {
  const adverts = [offer('b', { closes: 190 }), offer('a', { closes: 180 }), offer('c', { closes: 200 })];
  const commits = (change: Partial<StewardView>) =>
    stewardPlan(view(150, { adverts, ...change })).map((a) => a.kind === 'commit' && a.advert);
  assert.deepEqual(commits({}), ['a', 'b']);
  assert.deepEqual(commits({ disk: { freeBytes: 1 << 20, committedBytes: 0 } }), ['a']);
  assert.deepEqual(commits({ standing: null }), []);
  assert.deepEqual(commits({ barred: true }), []);
  // Who may owe for longer than an eighth of the term does best by not paying (threat 9).
  const owing = (creditDays: number) => commits({ adverts: [offer('a', { creditDays, term: 80 })] });
  assert.deepEqual([owing(10), owing(11)], [['a'], []]);
  assert.deepEqual(stewardPlan(view(150, { adverts: [offer('a')] })), [
    { kind: 'commit', advert: 'a', account: ACCOUNT, price: 300n, requestId: 'commit/a' },
  ]);
});

test('what was committed is revealed once commits are closed, and before reveals are', () => {
  const adverts = [
    offer('a', {}, { bid: 'committed' }),
    offer('b', {}, { bid: 'pending' }),
    offer('c', {}, { bid: 'revealed' }),
  ];
  const reveal = { kind: 'reveal', advert: 'a', requestId: 'reveal/a' };
  assert.deepEqual(stewardPlan(view(200, { adverts })), []);
  assert.deepEqual(stewardPlan(view(201, { adverts })), [reveal]);
  assert.deepEqual(stewardPlan(view(300, { adverts, standing: null })), [reveal]);
  assert.deepEqual(stewardPlan(view(301, { adverts })), []);
});

test('nothing is done before the node is synced', () => {
  const now = nowAt(5000, { synced: false });
  assert.deepEqual(
    stewardPlan(view(0, { now, contracts: [keptOf()], claimable: [claimable('a', { expiresSlot: 9000 })] })),
    [],
  );
});

test('unpaid beyond grace is prunable: 1.5 intervals, at least the claim window and the settle depth', () => {
  // Due 11 slots after the start (a day and its jitter); grace 24 + 8 > 15.
  assert.equal(prunableSlot(keptOf(), DEVNET), 1000 + 11 + 32);
  // Confidence 1: 70 + 7, and 105.
  const paid = keptOf({ confidence: 1, earned: 100n, lastPaidSlot: 1010 });
  assert.equal(prunableSlot(paid, DEVNET), 1010 + 77 + 105);
  assert.equal(prunableSlot({ ...paid, gracePercent: 200 }, DEVNET), 1010 + 77 + 140);
  const prunes = (slot: number) => prunePlan({ now: nowAt(slot), contracts: [paid], claimable: [] });
  assert.deepEqual(prunes(1192), []);
  assert.deepEqual(prunes(1193), [
    { kind: 'prune', uuid: 'u1', bytes: 1 << 30, reason: 'unpaid', contracts: ['k1'], requestId: 'prune/k1' },
  ]);
});

test('a steward never holds a payment to be due before its owner does', () => {
  assert.equal(stewardDueSlot(keptOf({ termSlots: 5 }), DEVNET), 1005);
  assert.equal(stewardDueSlot(keptOf({ maxCredit: 50n }), DEVNET), 1005);
  assert.equal(stewardDueSlot(keptOf({ maxCredit: 0n }), DEVNET), 1004);
  assert.equal(stewardDueSlot(keptOf({ price: 0n }), DEVNET), 1011);
});

test('oldest debt first, until enough is free', () => {
  const contracts = [1030, 1000, 1020].map((startSlot, i) =>
    keptOf({ id: `k${i}`, uuid: `u${i}`, startSlot, lastPaidSlot: startSlot, size: 100 }),
  );
  const pruned = (freeBytes?: number) =>
    prunePlan({ now: nowAt(2000), contracts, claimable: [], freeBytes }).map(({ uuid }) => uuid);
  assert.deepEqual(pruned(), ['u1', 'u2', 'u0']);
  assert.deepEqual(pruned(101), ['u1', 'u2']);
  assert.deepEqual(pruned(100), ['u1']);
  assert.deepEqual(pruned(0), []);
});

test('an ended contract lets its blob go; one paid to the end of its term, too', () => {
  const reasons = (contract: Partial<StewardContract>, slot: number) =>
    prunePlan({ now: nowAt(slot), contracts: [keptOf(contract)], claimable: [] }).map(({ reason }) => reason);
  assert.deepEqual(reasons({ state: 'ended' }, 1001), ['ended']);
  const over = { termSlots: 50, earned: 500n, lastPaidSlot: 1045, confidence: 3 };
  assert.deepEqual(reasons(over, 1050), []);
  assert.deepEqual(reasons(over, 1051), ['ended']);
  assert.deepEqual(reasons({ ...over, earned: 490n }, 1051), []);
  assert.deepEqual(reasons({ state: 'pruned' }, 9000), []);
});

test('a blob stays while any contract on it, or any bounty for it, still pays', () => {
  const owed = keptOf({ lastPaidSlot: 1000 });
  const paid = keptOf({ id: 'k2', startSlot: 1900, lastPaidSlot: 1900 });
  const uuids = (contracts: StewardContract[], bounties: ClaimableBounty[] = []) =>
    prunePlan({ now: nowAt(1930), contracts, claimable: bounties }).map(({ uuid }) => uuid);
  assert.deepEqual(uuids([owed]), ['u1']);
  assert.deepEqual(uuids([owed, paid]), []);
  assert.deepEqual(uuids([owed], [claimable('hand', { expiresSlot: 1930 })]), []);
  assert.deepEqual(uuids([owed], [claimable('hand', { expiresSlot: 1929 })]), ['u1']);
  assert.deepEqual(uuids([owed], [claimable('other', { uuids: ['u2'], expiresSlot: 1990 })]), ['u1']);
  const swept = { id: 'b', expiresSlot: 1925, fits: true, claimed: true };
  assert.deepEqual(uuids([{ ...owed, openBounty: swept }]), []);
  assert.deepEqual(uuids([{ ...owed, openBounty: { ...swept, claimed: false } }]), ['u1']);
});
