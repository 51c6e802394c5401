import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asert, MAX_TARGET, nextTarget, workOf } from '../../src/lib/chain/asert.js';
import { nextBaseFee, poolShare } from '../../src/lib/chain/emission.js';
import { encodeHeader } from '../../src/lib/chain/encoding.js';
import { makeGenesis } from '../../src/lib/chain/genesis.js';
import { hasWork, meetsTarget, mine, powHash, realScrypt, SCRYPT_COST } from '../../src/lib/chain/pow.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { vector } from '../helpers/root.js';
import { testParams } from './helpers.js';

interface Vectors {
  idealBlockTime: number;
  halfLife: number;
  maxBits: string;
  runs: {
    name: string;
    anchorHeight: number;
    anchorParentTime: number;
    anchorBits: string;
    rows: [number, number, string][];
  }[];
}

/** Bitcoin's compact form of a target. */
function fromBits(bits: string): bigint {
  const size = Number.parseInt(bits.slice(0, 2), 16);
  const word = BigInt(`0x${bits.slice(2)}`) & 0x7f_ffffn;
  return size <= 3 ? word >> BigInt(8 * (3 - size)) : word << BigInt(8 * (size - 3));
}

function toBits(target: bigint): string {
  let size = Math.ceil(target.toString(2).length / 8);
  let word = size <= 3 ? target << BigInt(8 * (3 - size)) : target >> BigInt(8 * (size - 3));
  if (word & 0x80_0000n) {
    word >>= 8n;
    size += 1;
  }
  return size.toString(16).padStart(2, '0') + word.toString(16).padStart(6, '0');
}

test('the published vectors of aserti3-2d', () => {
  const vectors = JSON.parse(vector('asert.json')) as Vectors;
  for (const run of vectors.runs) {
    for (const [height, time, bits] of run.rows) {
      const blocks = height - run.anchorHeight + 1;
      const lateness = BigInt(time - run.anchorParentTime - vectors.idealBlockTime * blocks);
      const target = asert(fromBits(run.anchorBits), lateness, BigInt(vectors.halfLife), fromBits(vectors.maxBits));
      assert.equal(toBits(target), bits, `${run.name} at height ${height}`);
    }
  }
});

const params = testParams({ firstTarget: `00${'ff'.repeat(31)}`, asertHalfLifeSlots: 100, f: [1, 2] });
const first = BigInt(`0x${params.firstTarget}`);

test('on schedule the target stays; a half-life late doubles it, early halves it', () => {
  assert.equal(nextTarget(params, { height: 0, slot: 0 }), first);
  assert.equal(nextTarget(params, { height: 50, slot: 100 }), first);
  assert.equal(nextTarget(params, { height: 50, slot: 200 }), 2n * first);
  assert.equal(nextTarget(params, { height: 100, slot: 100 }), first / 2n);
});

test('the target is clamped, and grows with lateness', () => {
  assert.equal(nextTarget(params, { height: 1, slot: Number.MAX_SAFE_INTEGER }), MAX_TARGET);
  assert.equal(nextTarget(params, { height: 0xffff_ffff, slot: 1 }), 1n);
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(200_000), fc.nat(1000), (height, slot, later) => {
      assert.ok(nextTarget(params, { height, slot: slot + later }) >= nextTarget(params, { height, slot }));
    }),
  );
});

test('f with a numerator above 1 schedules exactly', () => {
  const thirds = testParams({ f: [2, 3], firstTarget: params.firstTarget });
  assert.equal(nextTarget(thirds, { height: 200, slot: 300 }), first);
});

test('work is what a target costs', () => {
  assert.equal(workOf(MAX_TARGET), 1n);
  assert.equal(workOf((1n << 255n) - 1n), 2n);
  assert.equal(workOf(1n), 1n << 255n);
});

test('scrypt is the real one: RFC 7914 parameters in, a header mined and checked', async () => {
  assert.deepEqual(SCRYPT_COST, { N: 4096, r: 8, p: 1 });
  const { scryptSync } = await import('node:crypto');
  const { header } = makeGenesis(testParams({ firstTarget: `4${'f'.repeat(63)}` }));
  const expected = scryptSync(encodeHeader(header), utf8('holdfast/pow/v1'), 32, SCRYPT_COST);
  assert.equal(toHex(await powHash(header, realScrypt)), expected.toString('hex'));
  const mined = await mine(header, 200, realScrypt);
  assert.ok(mined && (await hasWork(mined, realScrypt)));
  const harder = { ...mined, proof: { ...mined.proof, target: 1n } };
  assert.equal(await hasWork(harder, realScrypt), false);
  assert.equal(await mine(harder, 2, realScrypt), undefined);
});

test('a hash equal to the target does not meet it', () => {
  assert.equal(meetsTarget(Uint8Array.of(5), 5n), false);
  assert.equal(meetsTarget(Uint8Array.of(4), 5n), true);
});

test('the pool pays a thousandth, the base fee follows demand', () => {
  const p = testParams({ minBaseFee: '4' });
  assert.deepEqual([12_345n, 999_999n, 1_000_000n].map(poolShare), [12n, 999n, 1000n]);
  assert.equal(nextBaseFee(p, 80n, 513, 1025), 90n);
  assert.equal(nextBaseFee(p, 80n, 512, 1025), 70n);
  assert.equal(nextBaseFee(p, 5n, 1025, 1025), 6n, 'by at least one');
  assert.equal(nextBaseFee(p, 4n, 0, 1025), 4n, 'not below the floor');
  assert.equal(nextBaseFee(p, 80n, 512, 1024), 80n, 'exactly half full');
});
