import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseBytes, parseDuration, parseNetworkDays } from '../../src/lib/util/durations.js';
import { isFailure } from '../../src/lib/util/errors.js';

const isUsage = (error: unknown) => isFailure(error) && error.code === 'usage';

test('a duration is a whole number with a unit', () => {
  const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };
  fc.assert(
    fc.property(fc.nat(999_999_999), fc.constantFrom(...Object.entries(seconds)), (count, [unit, each]) => {
      assert.equal(parseDuration(`${count}${unit}`), count * each);
    }),
  );
  for (const text of ['', '30', 'd', '1.5d', '-1d', '1 d', '1D', '1y', '1d1h', '1234567890s']) {
    assert.throws(() => parseDuration(text), isUsage, text);
  }
});

test('network days are whole, however they are written', () => {
  assert.equal(parseNetworkDays('2w'), 14);
  assert.equal(parseNetworkDays('48h'), 2);
  for (const text of ['36h', '0d', '1s']) assert.throws(() => parseNetworkDays(text), isUsage, text);
});

test('sizes: powers of ten, powers of two, and bytes', () => {
  const cases: [string, number][] = [
    ['1000', 1000],
    ['12B', 12],
    ['4MB', 4_000_000],
    ['4m', 4_000_000],
    ['512 MiB', 512 * 1024 ** 2],
    ['20GiB', 20 * 1024 ** 3],
    ['1.5KiB', 1536],
    ['1Ti', 1024 ** 4],
  ];
  for (const [text, bytes] of cases) assert.equal(parseBytes(text), bytes, text);
  for (const text of ['', '-1', 'GiB', '1XB', '1.2345k', '1e9', '99999999999PiB', '1iB']) {
    assert.throws(() => parseBytes(text), isUsage, text);
  }
});
