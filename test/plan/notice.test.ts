import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { grantedEnd, handOverEnd, nearsEnd, noticeSlots, overlapSlots } from '../../src/lib/plan/notice.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import { advertOf, blobOf, contractOf, DAY, DEVNET, OUTBOX, paramsOf, viewOf } from './samples.js';

const overlap = overlapSlots(DEVNET);
const TERM = { startSlot: 1000, termSlots: 2000, confidence: 3 };

test('the overlap holds an auction, its reveals, their depth, and a day to hand over', () => {
  for (const params of [DEVNET, paramsOf('main')]) {
    const { auctionSlots, daySlots, settleDepth, derived, f } = params;
    const settled = Math.ceil((settleDepth * f[1]) / f[0]);
    assert.equal(
      overlapSlots(params),
      auctionSlots + 6 * derived.blockSlots + derived.claimWindowSlots + settled + daySlots,
    );
  }
});

test('notice is of one interval, and of the overlap where that is longer', () => {
  assert.equal(noticeSlots(0, DEVNET), Math.max(DAY, overlap));
  assert.equal(noticeSlots(3, DEVNET), 28 * DAY);
});

test('an owner is granted no sooner an end than a notice from now, unless less than that is left', () => {
  const notice = noticeSlots(3, DEVNET);
  assert.equal(grantedEnd(TERM, null, 1500, DEVNET), undefined);
  assert.equal(grantedEnd(TERM, 3000, 1500, DEVNET), undefined, 'as agreed');
  assert.equal(grantedEnd(TERM, 2900, 1500, DEVNET), 2900);
  assert.equal(grantedEnd(TERM, 1500, 1500, DEVNET), 1500 + notice);
  const late = 3000 - notice;
  assert.equal(grantedEnd(TERM, late - 2, late, DEVNET), late - 2, 'handed over a moment ago');
  assert.equal(grantedEnd(TERM, 1000, late, DEVNET), late - DAY);
});

test('a granted end never lies before the start, nor behind the end that was', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(6), (asked, slot, confidence) => {
      const granted = grantedEnd({ ...TERM, confidence }, asked, slot, DEVNET);
      if (granted !== undefined) assert.ok(granted >= 1000 && granted < 3000);
    }),
    { numRuns: 200 },
  );
});

test('an old contract ends where a newer receipt begins, once its end is near', () => {
  assert.equal(handOverEnd(TERM, 3000 - overlap - 1, DEVNET), undefined, 'another copy, not a successor');
  assert.equal(handOverEnd(TERM, 3000 - overlap, DEVNET), 3000 - overlap);
  assert.equal(handOverEnd(TERM, 2999, DEVNET), 2999);
  assert.equal(handOverEnd(TERM, 3000, DEVNET), undefined);
});

test('a blob under notice is advertised again in time, and not to the steward whose contract ends', () => {
  const adverts = [advertOf({ lots: [{ uuid: 'u1', state: 'awarded', tries: 0, tried: [] }] })];
  const noticed = contractOf({ termSlots: 900, dueSlot: 9000, outbox: { ...OUTBOX, notice: true } });
  const plan = (slot: number) => ownerPlan(viewOf(slot, { contracts: [noticed], blobs: [blobOf()], adverts }));
  assert.ok(nearsEnd(noticed, 1900 - overlap, DEVNET));
  assert.deepEqual(plan(1900 - overlap - 1), []);
  const [action] = plan(1900 - overlap);
  assert.ok(action?.kind === 'advertise');
  assert.deepEqual(action.excluded, ['a1']);
});

test('handed over, the old contract is paid up to that moment, told of, and ended; never paid again', () => {
  const handed = contractOf({ termSlots: 500, paidUntilSlot: 1400, dueSlot: 9000, confidence: 3 });
  const view = (change: Partial<typeof handed>) => viewOf(1505, { contracts: [{ ...handed, ...change }] });
  const untold = { ...OUTBOX, askedSlot: 1490, untoldSlot: 1500 };
  const acts = ownerPlan(view({ outbox: untold }));
  assert.deepEqual(
    acts.map(({ kind }) => kind),
    ['poll', 'pay'],
  );
  const [told, pay] = acts;
  assert.ok(told?.kind === 'poll' && told.endSlot === 1500);
  // 100 slots at 10 grains each.
  assert.ok(pay?.kind === 'pay' && pay.amount === 1000n);
  assert.deepEqual(
    ownerPlan(view({ paidUntilSlot: 1500 })).map(({ kind }) => kind),
    ['end'],
  );
});
