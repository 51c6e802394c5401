import assert from 'node:assert/strict';
import { test } from 'node:test';
import { overlapSlots } from '../../src/lib/plan/notice.js';
import { ownerPlan } from '../../src/lib/plan/owner.js';
import type { OwnerBlob, OwnerFile } from '../../src/lib/plan/types.js';
import { advertOf, blobOf, contractOf, DAY, DEVNET, POLICY, viewOf } from './samples.js';

const FILE: OwnerFile = { storageIndex: 'f', needed: 3, happy: 7, total: 10, repairBelow: 7 };
/** A file's ten shares: the first `mia` of them missing. */
const sharesOf = (mia: number): OwnerBlob[] =>
  Array.from({ length: 10 }, (_, share) => blobOf({ uuid: `u${share}`, share, state: share < mia ? 'mia' : 'live' }));
const repairs = (blobs: OwnerBlob[], repairBelow = 7) =>
  ownerPlan(viewOf(1005, { files: [{ ...FILE, repairBelow }], blobs })).flatMap((a) =>
    a.kind === 'repair' ? [a.share] : [],
  );

test('repair waits until fewer than repairBelow are live, then takes all that are missing', () => {
  assert.deepEqual(repairs(sharesOf(3)), []);
  assert.deepEqual(repairs(sharesOf(4)), [0, 1, 2, 3]);
  assert.deepEqual(repairs(sharesOf(1), 10), [0]);
});

test('a share is rebuilt once, and one given up never', () => {
  const [lost] = ownerPlan(viewOf(1005, { files: [{ ...FILE, repairBelow: 10 }], blobs: sharesOf(1) }));
  assert.deepEqual(lost, { kind: 'repair', file: 'f', share: 0, uuid: 'u0', requestId: 'repair/u0' });
  const rebuilt = blobOf({ uuid: 'u0b', share: 0, generation: 1, state: 'local' });
  assert.deepEqual(repairs([...sharesOf(1), rebuilt], 10), []);
  assert.deepEqual(repairs([...sharesOf(1), { ...rebuilt, state: 'mia' }], 10), [0]);
  assert.deepEqual(repairs([...sharesOf(0), { ...rebuilt, state: 'mia' }], 11), []);
  assert.deepEqual(
    repairs(
      sharesOf(1).map((blob) => (blob.share === 0 ? { ...blob, state: 'dropped' } : blob)),
      10,
    ),
    [],
  );
});

test('a rebuilt share is advertised on the terms of the lost one, without those who hold shares of the file', () => {
  const blobs = [...sharesOf(1), blobOf({ uuid: 'u0b', share: 0, generation: 1, state: 'local' })];
  const contracts = blobs.slice(0, 10).map(({ uuid, share, state }) =>
    contractOf({
      id: `c${share}`,
      uuid,
      share,
      account: `a${share}`,
      dueSlot: 9000,
      state: state === 'mia' ? 'mia' : 'live',
    }),
  );
  const adverts = [advertOf({ lots: [{ uuid: 'u0', state: 'awarded', tries: 0, tried: [] }] })];
  const [action, ...rest] = ownerPlan(
    viewOf(1005, { files: [{ ...FILE, repairBelow: 10 }], blobs, contracts, adverts }),
  );
  assert.deepEqual(rest, []);
  assert.ok(action?.kind === 'advertise');
  assert.deepEqual([action.uuids, action.size, action.reserve, action.termDays], [['u0b'], 1 << 30, 500n, 90]);
  assert.deepEqual(
    action.excluded,
    contracts.map(({ account }) => account),
  );
  const policy = { ...POLICY, maxPrice: 70n, termDays: 30 };
  const [ours] = ownerPlan(viewOf(1005, { blobs, adverts, policy }));
  assert.ok(ours?.kind === 'advertise' && ours.reserve === 70n && ours.termDays === 30);
});

test('what the operator never advertised stays local', () => {
  const blobs = [blobOf({ state: 'local' })];
  assert.deepEqual(ownerPlan(viewOf(1005, { blobs, policy: { ...POLICY, maxPrice: 70n, termDays: 30 } })), []);
});

test('while a lot is in an auction, or can still be awarded, it is not advertised again', () => {
  const blobs = [blobOf({ state: 'advertised' })];
  for (const state of ['pending', 'open', 'revealing'] as const) {
    assert.deepEqual(ownerPlan(viewOf(1005, { blobs, adverts: [advertOf({ state })] })), []);
  }
  assert.deepEqual(ownerPlan(viewOf(1005, { blobs, adverts: [advertOf()] })), [
    { kind: 'award', advert: 'd1', requestId: 'award/d1' },
  ]);
});

test('lots that found no steward are advertised again, without the winners that failed', () => {
  const blobs = [blobOf({ state: 'advertised' })];
  const lots = [
    { uuid: 'u1', state: 'unfilled', tries: 0, tried: [] },
    { uuid: 'u1', state: 'failed', tries: 1, tried: ['x'] },
    { uuid: 'u1', state: 'waiting', tries: 3, tried: ['x', 'y'] },
  ] as const;
  for (const lot of lots) {
    const adverts = [advertOf({ lots: [{ ...lot, tried: [...lot.tried] }] })];
    const [action, ...rest] = ownerPlan(viewOf(1005, { blobs, adverts }));
    assert.deepEqual(rest, []);
    assert.ok(action?.kind === 'advertise');
    assert.deepEqual([action.uuids, action.excluded], [['u1'], lot.tried]);
  }
  for (const state of ['gone', 'failed'] as const) {
    const [action] = ownerPlan(viewOf(1005, { blobs, adverts: [advertOf({ state })] }));
    assert.equal(action?.kind, 'advertise');
  }
});

test('each advert costs its fee: the third waits a day, the next ever longer', () => {
  const blobs = [blobOf({ state: 'advertised' })];
  const lot = { uuid: 'u1', state: 'unfilled', tries: 0, tried: [] } as const;
  const rounds = (n: number) =>
    Array.from({ length: n }, (_, i) => advertOf({ id: `d${i}`, closesSlot: 900 + i, lots: [{ ...lot, tried: [] }] }));
  const advertises = (slot: number, n: number) => ownerPlan(viewOf(slot, { blobs, adverts: rounds(n) })).length === 1;
  assert.ok(!advertises(901 + DAY - 1, 2));
  assert.ok(advertises(901 + DAY, 2));
  assert.ok(!advertises(919 + 7 * DAY - 1, 20));
  assert.ok(advertises(919 + 7 * DAY, 20));
  const ids = [1, 2].map((n) => ownerPlan(viewOf(2000, { blobs, adverts: rounds(n) }))[0]!.requestId);
  assert.notEqual(ids[0], ids[1]);
});

test('equal sizes of one file share an advert; files do not', () => {
  const blobs = [
    blobOf({ uuid: 'p', share: 1, generation: 1, state: 'local' }),
    blobOf({ uuid: 'q', share: 2, generation: 1, state: 'local' }),
    blobOf({ uuid: 'r', share: 2, generation: 1, state: 'local', file: 'g' }),
    blobOf({ uuid: 's', share: 3, generation: 1, state: 'local', size: 9 }),
  ];
  const actions = ownerPlan(viewOf(1005, { blobs, policy: { ...POLICY, maxPrice: 70n, termDays: 30 } }));
  assert.deepEqual(
    actions.map((action) => action.kind === 'advertise' && action.uuids),
    [['p', 'q'], ['r'], ['s']],
  );
  assert.equal(new Set(actions.map(({ requestId }) => requestId)).size, 3);
});

test('a blob of its own that is missing is placed again while its bytes are here', () => {
  const lost = blobOf({ file: null, share: null, generation: null, state: 'mia', held: true });
  const contracts = [contractOf({ file: null, share: null, state: 'mia' })];
  const adverts = [advertOf({ lots: [{ uuid: 'u1', state: 'awarded', tries: 0, tried: [] }] })];
  const [action] = ownerPlan(viewOf(1005, { blobs: [lost], contracts, adverts }));
  assert.ok(action?.kind === 'advertise');
  assert.deepEqual(action.excluded, ['a1']);
  assert.deepEqual(ownerPlan(viewOf(1005, { blobs: [{ ...lost, held: false }], contracts, adverts })), []);
});

test('before the term ends the blob is auctioned anew, with overlap, and its steward may bid', () => {
  const overlap = overlapSlots(DEVNET);
  const contracts = [
    contractOf({ termSlots: 900, dueSlot: 9000 }),
    contractOf({ id: 'c2', uuid: 'u2', share: 2, account: 'a2', dueSlot: 9000 }),
  ];
  const blobs = [blobOf(), blobOf({ uuid: 'u2', share: 2 })];
  const adverts = [advertOf({ lots: [{ uuid: 'u1', state: 'awarded', tries: 0, tried: [] }] })];
  const plan = (slot: number) => ownerPlan(viewOf(slot, { contracts, blobs, adverts }));
  assert.deepEqual(plan(1900 - overlap - 1), []);
  const [action, ...rest] = plan(1900 - overlap);
  assert.deepEqual(rest, []);
  assert.ok(action?.kind === 'advertise');
  assert.deepEqual([action.uuids, action.excluded], [['u1'], ['a2']]);
  const renewed = [...contracts, contractOf({ id: 'c3', startSlot: 1860, dueSlot: 9000 })];
  assert.deepEqual(ownerPlan(viewOf(1890, { contracts: renewed, blobs, adverts })), []);
  const open = [...adverts, advertOf({ id: 'd2', state: 'open', closesSlot: 1880 })];
  assert.deepEqual(ownerPlan(viewOf(1870, { contracts, blobs, adverts: open })), []);
});
