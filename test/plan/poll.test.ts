import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import { awaitsAnswer, polls } from '../../src/lib/plan/poll.js';
import type { OwnerContract } from '../../src/lib/plan/types.js';
import { bountyOf, contractOf, DAY, nowAt, OUTBOX, viewOf } from './samples.js';

const askedAt = (askedSlot: number | null, change: Partial<OwnerContract> = {}) =>
  contractOf({ outbox: { ...OUTBOX, askedSlot }, ...change });
const kinds = (slot: number, contract: OwnerContract) =>
  ownerPlan(viewOf(slot, { contracts: [contract] })).map(({ kind }) => kind);

test('a steward is asked after its award, then once an interval, and a week at the most', () => {
  assert.deepEqual(polls(nowAt(1000), [askedAt(null)]), [
    { kind: 'poll', contract: 'c1', endSlot: null, requestId: 'poll/c1/first' },
  ]);
  for (const [confidence, days] of [
    [0, 1],
    [1, 7],
    [2, 7],
    [9, 7],
  ] as const) {
    const contract = askedAt(1000, { confidence });
    assert.deepEqual(polls(nowAt(1000 + days * DAY - 1), [contract]), []);
    const [again] = polls(nowAt(1000 + days * DAY), [contract]);
    assert.equal(again?.requestId, 'poll/c1/1000');
  }
  for (const state of ['mia', 'dropped', 'ended'] as const) {
    assert.deepEqual(polls(nowAt(9000), [askedAt(null, { state })]), []);
  }
});

test('after a bounty that nobody claimed it is asked, and not paid again before that', () => {
  const lapsed = { bounty: bountyOf('revoked', { revoked: true }), payIndex: 1, dueSlot: 1010 };
  const before = askedAt(1035, lapsed);
  assert.ok(awaitsAnswer(before));
  assert.deepEqual(kinds(1036, before), ['poll']);
  const after = askedAt(1036, lapsed);
  assert.deepEqual(kinds(1036, after), ['pay']);
});

test('what its steward signed as lost is missing at once, without a retry and without peers', () => {
  const contract = contractOf({ lost: true, dueSlot: 1010 });
  assert.deepEqual(kinds(1010, contract), ['mia']);
  const view = viewOf(1010, { contracts: [contract], now: nowAt(1010, { peers: 0 }) });
  assert.deepEqual(
    ownerPlan(view).map(({ kind }) => kind),
    ['mia'],
  );
});

test('an end that its steward does not know is told at once, and again a day later', () => {
  const untoldOf = (askedSlot: number) =>
    contractOf({ outbox: { ...OUTBOX, askedSlot, untoldSlot: 998 }, termSlots: 60, confidence: 3 });
  assert.equal(polls(nowAt(999), [untoldOf(990)])[0]?.endSlot, 1060);
  const untold = untoldOf(1000);
  assert.deepEqual(polls(nowAt(1000 + DAY - 1), [untold]), []);
  assert.equal(polls(nowAt(1000 + DAY), [untold])[0]?.endSlot, 1060);
});

test('one tick asks so many and no more; who is waited for comes first, then who was asked least lately', () => {
  const many = Array.from({ length: 300 }, (_, i) => askedAt(i, { id: `c${String(i).padStart(3, '0')}` }));
  const waited = askedAt(1030, { id: 'waited', bounty: bountyOf('expired') });
  const asked = polls(nowAt(5000), [...many, waited]).map(({ contract }) => contract);
  assert.equal(asked.length, 256);
  assert.deepEqual(asked.slice(0, 3), ['waited', 'c000', 'c001']);
});
