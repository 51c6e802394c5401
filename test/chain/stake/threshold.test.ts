import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { leaderConstant } from '../../../src/lib/chain/stake/logarithm.js';
import { isLeader, leaderThreshold, ONE } from '../../../src/lib/chain/stake/threshold.js';
import { sha256, sha512, taggedHash } from '../../../src/lib/crypto/hash.js';
import { toBigInt, u32be } from '../../../src/lib/util/bytes.js';
import { vector } from '../../helpers/root.js';

interface Vectors {
  cases: { f: [number, number]; c: string; rows: [stake: string, total: string, t: string, off: number][] }[];
}
const { cases } = JSON.parse(vector('threshold.json')) as Vectors;

/** No published threshold is further from the exact value; 64 truncations could add up to more. */
const OFF_MAX = 6;
/** What sums and differences of a few thresholds may be off. */
const SLACK = 64n;
const abs = (n: bigint) => (n < 0n ? -n : n);

test('the vectors: constants and thresholds of an independent computation, unit for unit', () => {
  assert.ok(cases.length >= 9);
  for (const { f, c, rows } of cases) {
    assert.equal(leaderConstant(f).toString(16), c, `f = ${f}`);
    for (const [stake, total, t, off] of rows) {
      const threshold = leaderThreshold(BigInt(`0x${c}`), BigInt(stake), BigInt(total));
      assert.equal(threshold.toString(16).padStart(64, '0'), t, `f = ${f}, ${stake} of ${total}`);
      assert.ok(Math.abs(off) <= OFF_MAX);
    }
  }
});

const rates = fc
  .tuple(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 2, max: 100_000 }))
  .filter(([n, d]) => 4 * n <= 3 * d);
const stakes = fc
  .tuple(fc.bigInt({ min: 1n, max: 1n << 63n }), fc.bigInt({ min: 0n, max: 1n << 63n }))
  .map(([a, b]) => (a > b ? { total: a, stake: b } : { total: b, stake: a }));

/** ln(d / (d − n)) = Σ (n/d)^i / i, another series, with 300 digits more than the rule's 256 bits. */
function slowConstant([n, d]: readonly [number, number]): bigint {
  const wide = 256n + 1000n;
  let power = 1n << wide;
  let sum = 0n;
  for (let i = 1n; power > 0n; i++) {
    power = (power * BigInt(n)) / BigInt(d);
    sum += power / i;
  }
  return sum >> 1000n;
}

test('property: the constant is the floor, as a slower series of 1,000 more bits gives it', () => {
  fc.assert(
    fc.property(rates, (f) => assert.equal(leaderConstant(f), slowConstant(f))),
    { numRuns: 60 },
  );
});

test('property: no stake never leads, all of it leads with probability f', () => {
  fc.assert(
    fc.property(rates, fc.bigInt({ min: 1n, max: 1n << 63n }), (f, total) => {
      const c = leaderConstant(f);
      assert.equal(leaderThreshold(c, 0n, total), 0n);
      const exact = (ONE * BigInt(f[0])) / BigInt(f[1]);
      assert.ok(abs(leaderThreshold(c, total, total) - exact) <= SLACK);
    }),
  );
});

test('property: a threshold lies between none and f, and grows with the stake', () => {
  fc.assert(
    fc.property(rates, stakes, fc.bigInt({ min: 1n, max: 1n << 62n }), (f, { stake, total }, more) => {
      const c = leaderConstant(f);
      const t = leaderThreshold(c, stake, total);
      assert.ok(t >= 0n && t <= (ONE * BigInt(f[0])) / BigInt(f[1]) + SLACK);
      if (stake + more <= total) assert.ok(leaderThreshold(c, stake + more, total) > t, 'more stake');
      if (stake > 0n) assert.ok(leaderThreshold(c, stake, total + more) < t, 'of more');
    }),
  );
});

test('one grain of 2^63 counts, at every end of the scale', () => {
  const c = leaderConstant([1, 10]);
  const total = 1n << 63n;
  for (const stake of [0n, 1n, total / 2n, total - 1n]) {
    assert.ok(leaderThreshold(c, stake + 1n, total) > leaderThreshold(c, stake, total));
  }
});

test('property: splitting a stake changes nothing: 1 − φ(a + b) = (1 − φ(a)) · (1 − φ(b))', () => {
  fc.assert(
    fc.property(rates, stakes, fc.nat(1_000_000), (f, { stake, total }, part) => {
      const c = leaderConstant(f);
      const a = (stake * BigInt(part)) / 1_000_000n;
      const misses = (of: bigint) => ONE - leaderThreshold(c, of, total);
      const apart = (misses(a) * misses(stake - a)) / ONE;
      assert.ok(abs(misses(stake) - apart) <= SLACK);
    }),
  );
});

test('a stake that is no part of the total is a bug', () => {
  const c = leaderConstant([1, 2]);
  for (const [stake, total] of [
    [-1n, 5n],
    [6n, 5n],
    [0n, 0n],
  ] as const) {
    assert.throws(() => leaderThreshold(c, stake, total), /invariant/);
  }
  assert.throws(() => leaderConstant([1, 1]), /invariant/);
});

test('leading is a tagged hash below the threshold, and never equal to it', () => {
  const beta = sha512(u32be(1));
  const drawn = toBigInt(taggedHash('holdfast/leader/v1', beta));
  assert.equal(isLeader(beta, drawn + 1n), true);
  assert.equal(isLeader(beta, drawn), false);
  assert.equal(isLeader(beta, 0n), false);
  assert.throws(() => isLeader(sha256(beta), drawn), /invariant/);
});

test('of 4,000 draws as many lead as should, whole or in ten parts', () => {
  const c = leaderConstant([1, 10]);
  const draws = Array.from({ length: 4000 }, (_, i) => sha512(u32be(i)));
  const whole = leaderThreshold(c, 10n, 10n);
  const tenth = leaderThreshold(c, 1n, 10n);
  // 400 expected, a standard deviation of 19; the draws are fixed.
  const led = draws.filter((beta) => isLeader(beta, whole)).length;
  assert.ok(led > 340 && led < 460, `${led} led`);
  const slots = Array.from({ length: 400 }, (_, slot) => draws.slice(10 * slot, 10 * slot + 10));
  const won = slots.filter((betas) => betas.some((beta) => isLeader(beta, tenth))).length;
  assert.ok(won > 22 && won < 58, `${won} of 400 slots won by parts`);
});
