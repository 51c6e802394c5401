import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ParamsJson, parseParams, slotAt, slotStartMs } from '../../src/lib/chain/params.js';
import { toHex } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { PARAMS, testParams } from './helpers.js';

const id = (json: unknown) => toHex(parseParams(json).derived.genesisId);

test('the id is that of the parameters, whatever their order', () => {
  const reversed = Object.fromEntries(Object.entries(PARAMS).reverse());
  assert.equal(id(reversed), id(PARAMS));
  for (const change of [
    { salt: '01'.repeat(32) },
    { k: 5 },
    { miningReward: '1' },
    { f: [1, 3] as [number, number] },
  ]) {
    assert.notEqual(id({ ...PARAMS, ...change }), id(PARAMS));
  }
});

test('the claim window is two days, or three times k blocks where that is longer', () => {
  assert.equal(testParams().derived.claimWindowSlots, 24);
  assert.equal(testParams({ daySlots: 20 }).derived.claimWindowSlots, 40);
  const { cycleSlots, blockSlots, returnSlots } = testParams({ f: [2, 5] }).derived;
  assert.deepEqual([cycleSlots, blockSlots, returnSlots], [500, 3, 70]);
});

test('a bond is held for a cycle, and for four epochs where these are longer', () => {
  assert.equal(testParams().derived.bondSlots, 400);
  assert.equal(testParams({ cycleBlocks: 100 }).derived.bondSlots, 320);
});

test('a genesis that cannot work is refused with what is wrong', () => {
  const cases: [Partial<Record<keyof ParamsJson, unknown>>, RegExp][] = [
    [{ f: [2, 2] }, /f must be at most 3\/4/],
    [{ f: [751, 1000] }, /f must be at most 3\/4/],
    [{ miningReward: '4503599627370497', powBlocks: 1 }, /2\^52/],
    [{ minBaseFee: '0' }, /minBaseFee/],
    [{ mintRate: [3, 2] }, /mintRate must be at most 1/],
    [{ mintRate: [1, 0] }, /mintRate/],
    [{ f: [1, 100_000] }, /less than a block a year/],
    [{ daySlots: 1000 }, /shorter than the claim window/],
    [{ bodyBytesMin: 512 * 1024 }, /bodyBytesMin is more than bodyBytesMax/],
    [{ cycleBytes: 2047 * 200 }, /cycleBytes must be at least 2 KiB a block/],
    [{ slotMs: 0 }, /slotMs/],
    [{ salt: 'xyz' }, /salt/],
    [{ miningReward: '01' }, /miningReward/],
    [{ name: 'A network' }, /name/],
    [{ unknown: 1 } as never, /unknown/],
  ];
  for (const [change, message] of cases) {
    assert.throws(
      () => parseParams({ ...PARAMS, ...change }),
      (error) => error instanceof Failure && error.code === 'usage' && message.test(error.message),
      JSON.stringify(change),
    );
  }
  assert.throws(() => parseParams('text'), Failure);
});

test('slots and the clock', () => {
  const params = testParams({ genesisTimeMs: 1_000, slotMs: 250 });
  assert.deepEqual(
    [999, 1_000, 1_249, 1_250].map((ms) => slotAt(params, ms)),
    [-1, 0, 0, 1],
  );
  assert.equal(slotStartMs(params, 4), 2_000);
});
