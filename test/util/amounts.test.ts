import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  ceilDiv,
  formatPrice,
  formatTokens,
  GRAINS_PER_TOKEN,
  MAX_AMOUNT,
  parseTokens,
  priceFromTokens,
} from '../../src/lib/util/amounts.js';
import { isFailure } from '../../src/lib/util/errors.js';

const isUsage = (error: unknown) => isFailure(error) && error.code === 'usage';

test('tokens as text are grains exactly, there and back', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, MAX_AMOUNT), (grains) => assert.equal(parseTokens(formatTokens(grains)), grains)),
  );
  assert.equal(parseTokens('1'), GRAINS_PER_TOKEN);
  assert.equal(parseTokens('0.00000001'), 1n);
  assert.equal(parseTokens('1.50'), 150_000_000n);
  assert.equal(formatTokens(150_000_000n), '1.5');
  assert.equal(formatTokens(0n), '0');
});

test('nothing else is an amount', () => {
  const texts = [
    '',
    '-1',
    '+1',
    '1.',
    '.5',
    '1,5',
    '1e3',
    '0x1',
    ' 1',
    '1 ',
    '0.000000001',
    '٣',
    '1'.repeat(13),
    'NaN',
  ];
  for (const text of texts) assert.throws(() => parseTokens(text), isUsage, text);
  assert.throws(() => parseTokens('184467440737.09551616'), isUsage);
  assert.equal(parseTokens('184467440737.09551615'), MAX_AMOUNT);
});

test('a price shown is the price asked for, to six decimals a month', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 10n ** 12n), (micro) => {
      const text = formatTokens(micro * 100n);
      assert.equal(formatPrice(priceFromTokens(text)), text);
    }),
  );
});

test('ceilDiv rounds up', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 1n << 80n), fc.bigInt(1n, 1n << 40n), (a, b) => {
      const quotient = ceilDiv(a, b);
      assert.ok(quotient * b >= a && (quotient - 1n) * b < a);
    }),
  );
});
