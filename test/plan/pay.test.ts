import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OwnerView, ownerPlan } from '../../src/lib/plan/owner.js';
import { parsePolicy } from '../../src/lib/plan/policy.js';
import type { OwnerContract } from '../../src/lib/plan/types.js';
import { bountyOf, contractOf, DAY, DEVNET, nowAt, POLICY, payOf, viewOf } from './samples.js';

const planFor = (slot: number, contract: Partial<OwnerContract>, change: Partial<OwnerView> = {}) =>
  ownerPlan(viewOf(slot, { contracts: [contractOf(contract)], ...change }));
const kinds = (slot: number, contract: Partial<OwnerContract>, change: Partial<OwnerView> = {}) =>
  planFor(slot, contract, change).map(({ kind }) => kind);

test('the first payment is due a day after the start', () => {
  assert.deepEqual(kinds(1009, {}), []);
  assert.deepEqual(planFor(1010, {}), [
    payOf([{ contract: 'c1', payIndex: 0, amount: 100n, coversUntilSlot: 1010, attempt: 0 }]),
  ]);
});

test('however late, one bounty covers all slots since the last', () => {
  const [pay, ...rest] = planFor(1500, {});
  assert.deepEqual(rest, []);
  const item = { contract: 'c1', payIndex: 0, amount: 5000n, coversUntilSlot: 1500, attempt: 0 as const };
  assert.deepEqual(pay, payOf([item]));
});

test('however late and however many, one bounty a steward', () => {
  const contracts = Array.from({ length: 40 }, (_, i) =>
    contractOf({ id: `c${i}`, uuid: `u${i}`, account: `a${i % 2}`, dueSlot: 1000 + DAY * (1 + (i % 7)) }),
  );
  for (const days of [8, 20, 34, 90]) {
    const slot = 1000 + days * DAY;
    const pays = ownerPlan(viewOf(slot, { contracts })).flatMap((act) => (act.kind === 'pay' ? [act] : []));
    assert.deepEqual(pays.map(({ account }) => account).sort(), ['a0', 'a1'], `${days} days late`);
    const items = pays.flatMap((act) => act.items);
    assert.deepEqual(items.map(({ contract }) => contract).sort(), contracts.map(({ id }) => id).sort());
    assert.ok(items.every(({ coversUntilSlot }) => coversUntilSlot === slot));
  }
});

test('while a bounty is out nothing more is paid', () => {
  for (const state of ['pending', 'open', 'claimed'] as const) {
    assert.deepEqual(kinds(1200, { bounty: bountyOf(state), payIndex: 1 }), []);
  }
});

test('a post that failed is made again, as the same attempt', () => {
  const [pay] = planFor(1040, { bounty: bountyOf('failed'), payIndex: 1, attempt: 1 });
  assert.ok(pay?.kind === 'pay');
  assert.deepEqual([pay.items[0]!.attempt, pay.requestId], [1, 'pay/c1/1']);
});

test('a claim that lies deep enough raises the confidence; intervals stretch by 1, 7, 14, 28, 28 days', () => {
  [7, 14, 28, 28].forEach((days, confidence) => {
    const settled = { bounty: bountyOf('settled'), confidence, payIndex: confidence + 1 };
    const [action, ...rest] = planFor(1020, settled);
    assert.deepEqual(rest, []);
    assert.ok(action?.kind === 'settle');
    assert.equal(action.confidence, confidence + 1);
    assert.equal(action.paidUntilSlot, 1010);
    assert.ok(Math.abs(action.dueSlot - 1010 - days * DAY) <= (days * DAY) / 10);
    assert.deepEqual(planFor(1021, settled), [action]);
  });
});

test('audits cannot be foreseen: the jitter differs by payment', () => {
  const dues = Array.from({ length: 20 }, (_, i) => {
    const bounty = bountyOf('settled', { coversUntilSlot: 1000 + i });
    const [action] = planFor(1020, { bounty, confidence: 3, payIndex: i });
    return action?.kind === 'settle' ? action.dueSlot - action.paidUntilSlot : 0;
  });
  assert.ok(new Set(dues).size > 10);
  assert.ok(Math.max(...dues) - Math.min(...dues) > 28);
});

test('what is below dust is posted at dust, and the excess credited', () => {
  const policy = parsePolicy({ minPeers: 2, dust: 250n });
  const [pay] = planFor(1010, {}, { policy });
  assert.ok(pay?.kind === 'pay' && pay.amount === 250n);
  const bounty = bountyOf('settled', { amount: 250n });
  const [settle] = planFor(1020, { bounty, payIndex: 1 }, { policy });
  assert.ok(settle?.kind === 'settle' && settle.credit === 150n);
  const later = { paidUntilSlot: 1010, credit: 150n, dueSlot: 1080, confidence: 1, payIndex: 1 };
  const [second] = planFor(1080, later, { policy });
  assert.ok(second?.kind === 'pay' && second.amount === 550n);
});

test('the unpaid credit never passes maxCredit', () => {
  const contract = { dueSlot: 1280, confidence: 3, maxCredit: 500n };
  const first = Array.from({ length: 300 }, (_, i) => 1000 + i).find((slot) => kinds(slot, contract).includes('pay'));
  // 500 grains are 50 slots, less what it takes to claim and settle, 24, 8 and two blocks' time: 14, of which half are used.
  assert.equal(first, 1007);
  // Of 64 all but three days, of ten slots each.
  assert.ok(kinds(1034, { ...contract, credit: 500n }).includes('pay'));
  assert.ok(!kinds(1033, { ...contract, credit: 500n }).includes('pay'));
});

test('an expired bounty is revoked, and its payment tried once more', () => {
  const actions = planFor(1036, { bounty: bountyOf('expired'), payIndex: 1 });
  assert.deepEqual(actions, [
    { kind: 'revoke', bounty: 'b1', requestId: 'revoke/b1' },
    payOf([{ contract: 'c1', payIndex: 1, amount: 360n, coversUntilSlot: 1036, attempt: 1 }]),
  ]);
  for (const state of ['revoked', 'returned'] as const) {
    assert.deepEqual(kinds(1036, { bounty: bountyOf(state, { revoked: true }), payIndex: 1 }), ['pay']);
  }
});

test('the retry expired too: missing in action, once no undone block can bring the claim back', () => {
  const contract = {
    bounty: bountyOf('expired', { expiresSlot: 1070, revoked: true }),
    attempt: 1 as const,
    payIndex: 2,
  };
  assert.deepEqual(kinds(1078, contract), []);
  assert.deepEqual(planFor(1079, contract), [{ kind: 'mia', contract: 'c1', uuid: 'u1', requestId: 'mia/c1' }]);
});

test('threat 17: an eclipsed owner gives nobody up', () => {
  const contracts = [contractOf({ bounty: bountyOf('revoked', { revoked: true }), attempt: 1, payIndex: 2 })];
  const lonely = nowAt(1100, { peers: 1 });
  // Defence off: a policy that asks for no peers.
  const careless = parsePolicy({ minPeers: 0 });
  assert.deepEqual(
    ownerPlan(viewOf(1100, { contracts, now: lonely, policy: careless })).map(({ kind }) => kind),
    ['mia'],
  );
  assert.deepEqual(ownerPlan(viewOf(1100, { contracts, now: lonely })), []);
  const behind = viewOf(1100, { contracts, now: nowAt(1100, { synced: false }) });
  // Defence off: nobody asks whether the node follows the network.
  assert.deepEqual(
    ownerPlan({ ...behind, now: { ...behind.now, synced: true } }).map(({ kind }) => kind),
    ['mia'],
  );
  assert.deepEqual(ownerPlan(behind), []);
});

test('threat 16: a claim is undone when the bounty has expired, and its steward looks missing until it is back', () => {
  const expired = bountyOf('expired', { expiresSlot: 1070, revoked: true });
  const after = (settleDepth: number, slot: number) => {
    const contracts = [contractOf({ bounty: expired, attempt: 1, payIndex: 2 })];
    return ownerPlan(viewOf(slot, { contracts, now: nowAt(slot, { params: { ...DEVNET, settleDepth } }) }));
  };
  assert.deepEqual(
    after(0, 1071).map(({ kind }) => kind),
    ['mia'],
    'an honest steward is given up',
  );
  for (let slot = 1071; slot <= 1078; slot++) assert.deepEqual(after(DEVNET.settleDepth, slot), []);
});

test('a claim counts only when it is settled', () => {
  assert.deepEqual(kinds(1020, { bounty: bountyOf('claimed') }), []);
  assert.deepEqual(kinds(1020, { bounty: bountyOf('settled') }), ['settle']);
});

test('what was given up, is missing or ended is not paid; its expired bounty still comes back', () => {
  for (const state of ['dropped', 'mia', 'ended'] as const) {
    assert.deepEqual(kinds(1200, { state }), []);
    assert.deepEqual(kinds(1030, { state, bounty: bountyOf('open') }), []);
    assert.deepEqual(kinds(1040, { state, bounty: bountyOf('expired') }), ['revoke']);
  }
});

test('bounties posted by hand, and older ones, are revoked too, each once', () => {
  const contracts = [contractOf({ dueSlot: 9000, bounty: bountyOf('expired'), attempt: 1 })];
  const actions = ownerPlan(viewOf(1040, { contracts, expired: [{ id: 'b1' }, { id: 'hand' }] }));
  assert.deepEqual(
    actions.map((action) => (action.kind === 'revoke' ? action.bounty : action.kind)),
    ['b1', 'hand'],
  );
});

test("at the term's end the rest is paid, then the contract ends", () => {
  const term = { termSlots: 100, confidence: 2, paidUntilSlot: 1080, dueSlot: 1220, payIndex: 2 };
  assert.deepEqual(kinds(1099, term), []);
  const [pay] = planFor(1110, term);
  assert.ok(pay?.kind === 'pay' && pay.items[0]!.coversUntilSlot === 1100 && pay.amount === 200n);
  assert.deepEqual(kinds(1110, { ...term, bounty: bountyOf('open') }), []);
  const paid = { ...term, paidUntilSlot: 1100 };
  assert.deepEqual(kinds(1120, paid), ['end']);
  assert.deepEqual(kinds(1120, { ...term, credit: 200n }), ['end']);
  assert.deepEqual(kinds(1120, { ...paid, bounty: bountyOf('failed') }), ['end']);
  assert.deepEqual(kinds(1120, { ...term, state: 'mia' }), ['end']);
  assert.deepEqual(kinds(1120, { ...term, state: 'ended' }), []);
});

test('a low deck is dealt anew; an empty one pays nothing', () => {
  const actions = planFor(1010, { deckLeft: 7, payIndex: 17 });
  assert.deepEqual(actions[0], { kind: 'deal', uuid: 'u1', count: 24, requestId: 'deal/u1/17' });
  assert.deepEqual(kinds(1010, { deckLeft: 0 }), ['deal']);
  assert.deepEqual(kinds(1005, { deckLeft: 8 }), []);
  // Threat 10: the steward alone has the bytes to deal from, and does not serve them.
  assert.ok(kinds(1200, { deckLeft: 0 }).includes('mia'));
});

test('the oldest debts are paid first, within what a day may cost', () => {
  const contracts = [1, 2, 3].map((i) =>
    contractOf({ id: `c${i}`, uuid: `u${i}`, account: `a${i}`, dueSlot: 1040 - 10 * i }),
  );
  const policy = { ...POLICY, spendPerDay: 1000n };
  const paid = (spentToday: bigint) =>
    ownerPlan(viewOf(1040, { contracts, policy, spentToday })).map((a) =>
      a.kind === 'pay' ? a.items[0]!.contract : a.kind,
    );
  assert.deepEqual(paid(0n), ['c3', 'c2']);
  assert.deepEqual(paid(200n), ['c3', 'c2']);
  assert.deepEqual(paid(201n), ['c3']);
  assert.deepEqual(paid(1000n), []);
});

test('the same view gives the same plan', () => {
  const view = viewOf(1040, {
    contracts: [contractOf({ bounty: bountyOf('settled') }), contractOf({ id: 'c2', account: 'a2' })],
  });
  assert.equal(ownerPlan(view).length, 2);
  assert.deepEqual(ownerPlan({ ...view, now: structuredClone(view.now) }), ownerPlan(view));
});
