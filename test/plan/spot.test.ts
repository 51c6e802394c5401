import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownerLookSlot } from '../../src/lib/plan/due.js';
import { missing, settle } from '../../src/lib/plan/outcome.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import { type Policy, parsePolicy } from '../../src/lib/plan/policy.js';
import { checks, nextSpotSlot, retrySlots } from '../../src/lib/plan/spot.js';
import { bountyOf, contractOf, DAY, DEVNET, nowAt, POLICY, random, viewOf } from './samples.js';

const spot = (slot: number | null, failures = 0) => ({ slot, failures });

test('a piece is fetched once its slot has come, and the plan looks at the contract no sooner', () => {
  const contract = contractOf({ spot: spot(1004) });
  assert.equal(ownerLookSlot(contract, DEVNET), 1004);
  assert.deepEqual(checks(nowAt(1003), [contract], POLICY), []);
  assert.deepEqual(ownerPlan(viewOf(1004, { contracts: [contract] })), [
    {
      ...{ kind: 'check', contract: 'c1', slot: 1004, counts: true, againSlot: 1004 + retrySlots(DEVNET) },
      requestId: 'check/c1/1004',
    },
  ]);
  for (const change of [{ lost: true }, { state: 'mia' as const }, { spot: spot(null) }, { spot: undefined }]) {
    assert.deepEqual(checks(nowAt(1004), [{ ...contract, ...change }], POLICY), []);
  }
});

test('a tick asks for the oldest, and for few', () => {
  const contracts = Array.from({ length: 40 }, (_, i) => contractOf({ id: `c${i}`, spot: spot(1000 - i) }));
  const asked = checks(nowAt(1004), contracts, POLICY);
  assert.equal(asked.length, 16);
  assert.equal(asked[0]!.contract, 'c39');
});

test('between two tries lies more than a claim window and a day: no outage of hours loses a contract', () => {
  assert.ok(retrySlots(DEVNET) >= Math.max(DEVNET.derived.claimWindowSlots, DAY));
  const failing = contractOf({ spot: spot(1040, 2) });
  assert.deepEqual(missing(nowAt(1040), failing, POLICY), []);
  const [last] = checks(nowAt(1040), [failing], POLICY);
  assert.equal(last!.againSlot, 1040, 'and is judged at once after the last');
  const failed = contractOf({ spot: spot(1040, 3) });
  assert.deepEqual(checks(nowAt(1040), [failed], POLICY), []);
  assert.equal(missing(nowAt(1040), failed, POLICY)[0]?.kind, 'mia');
});

test('confidence does not grow while a check has failed; the one after is drawn when it has passed', () => {
  const paid = (state: ReturnType<typeof spot> | undefined, confidence = 1) => {
    const contract = contractOf({ confidence, spot: state, bounty: bountyOf('settled') });
    const [act] = settle(nowAt(1020), contract, random);
    assert.ok(act?.kind === 'settle');
    return act;
  };
  assert.deepEqual([paid(undefined).confidence, 'spotSlot' in paid(undefined)], [2, false]);
  assert.deepEqual([paid(spot(1025)).confidence, paid(spot(1025)).spotSlot], [2, 1025], 'not made yet');
  assert.deepEqual([paid(spot(1015, 1)).confidence, paid(spot(1015, 1)).spotSlot], [1, 1015]);
  const passed = paid(spot(null));
  assert.equal(passed.confidence, 2);
  assert.ok(passed.spotSlot! >= 1020 && passed.spotSlot! < passed.dueSlot);
});

test('every interval that leads to a longer one has a check, and a quarter of the others, spread over all of it', () => {
  const draw = (confidence: number, i: number) =>
    nextSpotSlot({ id: `c${i}` }, { fromSlot: 5000, dueSlot: 6000, confidence }, random);
  const many = Array.from({ length: 2000 }, (_, i) => i);
  for (const confidence of [0, 1, 2]) {
    const slots = many.map((i) => draw(confidence, i)!);
    assert.ok(slots.every((slot) => slot >= 5000 && slot < 6000));
    for (let decile = 0; decile < 10; decile++) {
      const within = slots.filter((slot) => Math.floor((slot - 5000) / 100) === decile).length;
      assert.ok(within > 140 && within < 260, `${within} in decile ${decile}`);
    }
  }
  const seldom = many.filter((i) => draw(3, i) !== null).length;
  assert.ok(seldom > 400 && seldom < 600, `${seldom} of 2000`);
});

/**
 * A steward that proves and does not serve, from its award on: until when it is paid, in slots, by the plan's own
 * acts. `served`: whether it serves in a slot; `plan`: the owner's.
 */
function road({
  served,
  plan = ownerPlan,
  peers = () => 5,
  policy = POLICY,
}: {
  served: (slot: number) => boolean;
  plan?: typeof ownerPlan;
  peers?: (slot: number) => number;
  policy?: Policy;
}) {
  const first = nextSpotSlot({ id: 'c1' }, { fromSlot: 1000, dueSlot: 1000 + DAY, confidence: 0 }, random);
  let contract = contractOf({ spot: spot(first) });
  const years = 1000 + 300 * DAY;
  for (let slot = 1000; slot < years && contract.state === 'live'; slot++) {
    for (const act of plan(viewOf(slot, { now: nowAt(slot, { peers: peers(slot) }), contracts: [contract], policy }))) {
      if (act.kind === 'check') {
        const failures = contract.spot!.failures + (act.counts ? 1 : 0);
        contract = { ...contract, spot: served(slot) ? spot(null) : spot(act.againSlot, failures) };
      } else if (act.kind === 'mia') contract = { ...contract, state: 'mia' };
      else if (act.kind === 'settle') {
        const { confidence, paidUntilSlot, dueSlot, spotSlot } = act;
        const next = contract.spot && { ...contract.spot, slot: spotSlot ?? null };
        contract = { ...contract, confidence, paidUntilSlot, dueSlot, bounty: null, spot: next };
      } else if (act.kind === 'pay') {
        const { coversUntilSlot, amount } = act.items[0]!;
        const bounty = bountyOf('settled', { amount, coversUntilSlot, openedSlot: slot });
        contract = { ...contract, bounty, payIndex: contract.payIndex + 1 };
      }
    }
  }
  return { state: contract.state, days: (contract.paidUntilSlot - 1000) / DAY, confidence: contract.confidence };
}

const unchecked: typeof ownerPlan = (view) => ownerPlan(view).filter(({ kind }) => kind !== 'check');

test('threat 10: a steward proves and will not serve', () => {
  const off = road({ served: () => false, plan: unchecked });
  assert.equal(off.state, 'live');
  assert.ok(off.days > 250, `paid for ${off.days} days`);
  const on = road({ served: () => false });
  assert.equal(on.state, 'mia');
  assert.ok(on.days <= 10 && on.confidence <= 1, `paid for ${on.days} days at confidence ${on.confidence}`);
});

test('threat 10: one that served until it was trusted is found within a few intervals', () => {
  const served = (slot: number) => slot < 1000 + 60 * DAY;
  const off = road({ served, plan: unchecked });
  assert.ok(off.state === 'live' && off.days > 250, `paid for ${off.days} days`);
  const on = road({ served });
  assert.equal(on.state, 'mia');
  assert.ok(on.confidence >= 3 && on.days < off.days, `paid for ${on.days} days`);
});

test('an honest steward keeps its contract through an outage of a day, and its confidence grows', () => {
  const away = road({ served: (slot) => slot < 1000 || slot > 1000 + DAY });
  assert.equal(away.state, 'live');
  assert.ok(away.confidence > 5);
});

test('threat 17: an eclipsed owner holds nothing against a steward it cannot reach, nor afterwards', () => {
  const over = 1000 + 30 * DAY;
  const cut = { served: (slot: number) => slot >= over, peers: (slot: number) => (slot < over ? 0 : 5) };
  assert.equal(road({ ...cut, policy: parsePolicy({ minPeers: 0 }) }).state, 'mia', 'every steward looks missing');
  assert.equal(road(cut).state, 'live');
});
