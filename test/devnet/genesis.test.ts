import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseParams } from '../../src/lib/chain/params.js';
import { measuredGenesis, THROWAWAY_BITS, throwawayGenesis } from '../../src/lib/devnet/genesis.js';

const NETWORK = { salt: 'ab'.repeat(32), genesisTimeMs: 1_700_000_000_000 };
const TWO_256 = 1n << 256n;

/** Hashes that a target lets a miner expect for one block. */
function expectedHashes(firstTarget: string): number {
  return Number((TWO_256 * 1000n) / (BigInt(`0x${firstTarget}`) + 1n)) / 1000;
}

test('the target gives a block as often as the slots ask for, with what the machine hashes', () => {
  const { slotMs, f } = throwawayGenesis(NETWORK);
  const wantedMs = (slotMs * f[1]) / f[0];
  assert.equal(wantedMs, 500);
  fc.assert(
    fc.property(fc.double({ min: 0.5, max: 250, noNaN: true }), (hashMs) => {
      const { genesis, blockMs } = measuredGenesis(NETWORK, { hashMs });
      const hashes = expectedHashes(genesis.firstTarget);
      assert.equal(Math.round(hashes), Math.max(2, Math.round(wantedMs / hashMs)));
      // To the nearest whole hash.
      assert.ok(Math.abs(hashes * hashMs - wantedMs) <= hashMs / 2 + 1, `${hashes} hashes of ${hashMs} ms`);
      assert.ok(blockMs >= wantedMs && blockMs <= wantedMs + hashMs / 2 + 1);
    }),
  );
});

test('a slow machine gets at least two hashes a block, and a day of five blocks up to a bound', () => {
  for (const [hashMs, blockMs] of [
    [50, 500],
    [250, 500],
    [300, 600],
    [425, 850],
    [2000, 850],
  ] as const) {
    const measured = measuredGenesis(NETWORK, { hashMs });
    assert.equal(measured.blockMs, blockMs);
    const { daySlots, slotMs } = measured.genesis;
    assert.ok(daySlots * slotMs >= 5 * blockMs, `a day of ${daySlots} slots holds five blocks of ${blockMs} ms`);
    assert.ok((daySlots - 1) * slotMs < Math.max(5 * blockMs, 2500));
    assert.equal(expectedHashes(measured.genesis.firstTarget) >= 2, true);
  }
});

test("whatever is measured the genesis is one that nodes accept, and the protocol's devnet otherwise", () => {
  const base = throwawayGenesis(NETWORK);
  fc.assert(
    fc.property(fc.double({ min: 0.001, max: 60_000, noNaN: true }), (hashMs) => {
      const { genesis } = measuredGenesis(NETWORK, { hashMs });
      parseParams(genesis);
      assert.deepEqual({ ...genesis, firstTarget: base.firstTarget, daySlots: base.daySlots }, base);
    }),
  );
});

test('time that does not pass cannot be measured', () => {
  for (const hashMs of [0, -1, Number.NaN]) assert.throws(() => measuredGenesis(NETWORK, { hashMs }));
});

test('a throwaway chain has eight hashes a block', () => {
  const genesis = throwawayGenesis(NETWORK);
  parseParams(genesis);
  assert.equal(Math.round(expectedHashes(genesis.firstTarget)), 1 << THROWAWAY_BITS);
});
