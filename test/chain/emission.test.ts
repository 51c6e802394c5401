import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdings } from '../../src/lib/chain/block.js';
import { emission, mintedBy, SUPPLY_MAX, supplyOf } from '../../src/lib/chain/emission.js';
import { makeGenesis } from '../../src/lib/chain/genesis.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import { type Params, parseParams } from '../../src/lib/chain/params.js';
import { preset } from '../../src/lib/chain/presets.js';
import { schedule } from '../../src/lib/chain/schedule.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import { enterEpoch } from '../../src/lib/chain/stake/boundary.js';
import { readGlobals } from '../../src/lib/chain/state.js';
import type { Globals } from '../../src/lib/chain/types.js';
import { globalsCodec } from '../../src/lib/chain/values.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { TestChain, testParams } from './helpers.js';

/** 182 blocks a year, 40 an epoch; mining ends in the first of five years. */
const short = testParams({ daySlots: 1, powBlocks: 95, cycleBlocks: 1000 });

const empty = { get: () => undefined };
const NEW = globalsCodec.decode(makeGenesis(short).changes[0]![1]!);

/** The globals as a block of this slot finds them. */
function entered(params: Params, globals: Globals, slot: number): Globals {
  const state = new Overlay(empty);
  state.setGlobals(globals);
  const context = { params, height: 1, slot, staked: false, check: checkNow, blockIdAt: () => undefined };
  enterEpoch({ context, state, txid: null, events: [] });
  return readGlobals(state);
}

test('the reward is fixed until powBlocks, then a part of the supply at the start of the epoch', () => {
  const globals = { ...NEW, mined: 5_000n, minted: 70n, burnt: 8n, epochSupply: 1_000_000n };
  assert.deepEqual(emission(short, 95, globals), { mined: short.miningReward, minted: 0n });
  assert.equal(short.derived.blocksAYear, 182);
  // 1,000,000 · 0.1508 / 182 = 828.57…
  assert.deepEqual(emission(short, 96, globals), { mined: 0n, minted: 828n });
});

test('an epoch writes the supply at its start down once, also where epochs without a block lie between', () => {
  const globals = { ...NEW, mined: 5_000n, minted: 70n, burnt: 8n };
  assert.deepEqual(entered(short, globals, 79), globals);
  const fifth = entered(short, globals, 80 * 5 + 3);
  assert.deepEqual(fifth, { ...globals, epoch: 5, epochSupply: 5_062n });
  assert.equal(entered(short, { ...fifth, minted: 99n }, 80 * 6 - 1).epochSupply, 5_062n);
});

test('property: minting is the floor of the rule, and the supply never passes 2^63', () => {
  const supplies = fc.bigInt({ min: 0n, max: SUPPLY_MAX });
  const rates = fc.tuple(fc.integer({ min: 0, max: 1_000_000 }), fc.integer({ min: 1, max: 1_000_000 }));
  fc.assert(
    fc.property(supplies, supplies, rates, (epochSupply, supply, mintRate) => {
      const params = { ...short, mintRate };
      const minted = mintedBy(params, epochSupply, supply);
      assert.ok(minted >= 0n && supply + minted <= SUPPLY_MAX);
      const [exact, unit] = [epochSupply * BigInt(mintRate[0]), BigInt(mintRate[1]) * 182n];
      if (supply + minted < SUPPLY_MAX) assert.ok(minted * unit <= exact && exact < (minted + 1n) * unit);
      const ten = mintedBy(params, epochSupply, supply, 10n);
      assert.equal(ten, 10n * minted < SUPPLY_MAX - supply ? 10n * minted : SUPPLY_MAX - supply);
    }),
  );
});

test('the schedule of five years is what a ledger whose blocks come on time mines and mints', async () => {
  const years = [...schedule(short, 5)];
  const chain = await TestChain.open(short);
  for (const { year, height, supply, mined, minted } of years) {
    while (chain.ledger.tip.height < height) await chain.produce();
    const globals = chain.ledger.globals();
    assert.deepEqual([globals.mined, globals.minted, supplyOf(globals)], [mined, minted, supply], `year ${year}`);
  }
  assert.equal(years[5]!.mined, 95n * short.miningReward);
  let held = 0n;
  for (const [key, value] of chain.store.state()) held += holdings(fromHex(key)!, fromHex(value)!);
  assert.equal(held, years[5]!.supply, 'every grain is held by somebody');
});

test('property: the schedule is what block by block adds up to', () => {
  const rates = fc.record({
    f: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 4, max: 20 })),
    k: fc.integer({ min: 1, max: 9 }),
    powBlocks: fc.integer({ min: 1, max: 300 }),
  });
  fc.assert(
    fc.property(rates, fc.constantFrom(10n ** 9n, 10n ** 15n, SUPPLY_MAX / 301n), ({ f, ...rest }, reward) => {
      const base = testParams({ ...rest, f, daySlots: 1, cycleBlocks: 1000 });
      const params = { ...base, miningReward: reward };
      let globals = NEW;
      let height = 0;
      for (const year of schedule(params, 4)) {
        while (height < year.height) {
          height += 1;
          globals = entered(params, globals, Math.floor((height * f[1]) / f[0]));
          const made = emission(params, height, globals);
          globals = { ...globals, mined: globals.mined + made.mined, minted: globals.minted + made.minted };
        }
        assert.deepEqual([globals.mined, globals.minted], [year.mined, year.minted]);
      }
    }),
    { numRuns: 30 },
  );
});

test('the main network: a year of mining, then 16.28 % a year, until 2^63', () => {
  const params = parseParams(preset('main', { name: 'main', salt: '00'.repeat(32), genesisTimeMs: 0 }));
  const years = [...schedule(params, 60)];
  assert.equal(years[1]!.supply, 14n * 10n ** 8n * 3_153_600n);
  const growth = years.slice(2, 50).map(({ supply }, i) => Number(supply) / Number(years[i + 1]!.supply) - 1);
  for (const rate of growth) assert.ok(Math.abs(rate - 0.14 / 0.86) < 1e-4, `${rate}`);
  const full = years.findIndex(({ supply }) => supply === SUPPLY_MAX);
  assert.ok(full > 50 && full < 60, `in year ${full}`);
  for (const { supply, mined, minted } of years) assert.equal(supply, mined + minted);
  assert.equal(years[60]!.supply, SUPPLY_MAX);
});

test('where nothing is minted, the supply stays as it was mined', () => {
  const years = [...schedule(testParams({ mintRate: [0, 1], powBlocks: 100 }), 3)];
  assert.deepEqual(
    years.map(({ supply }) => supply),
    [0n, 100n * short.miningReward, 100n * short.miningReward, 100n * short.miningReward],
  );
});
