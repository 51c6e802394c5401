import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mnemonicToSeedSync } from '@scure/bip39';
import fc from 'fast-check';
import { toHex } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { entropyFromWords, newWords, seedFromWords } from '../../src/lib/wallet/mnemonic.js';

const ZERO = `${'abandon '.repeat(23)}art`;

test('BIP39: zero entropy is the published words, and their seed', () => {
  assert.equal(newWords(new Uint8Array(32)), ZERO);
  assert.equal(
    toHex(seedFromWords(ZERO)),
    '408b285c123836004f4b8842c89324c1f01382450c0d439af345ba7fc49acf70' +
      '5489c6fc77dbd4e3dc1dd8cc6bc9f043db8ada1e243c4a0eafb290d399480840',
  );
});

test('property: words read back, however they are written; seeds are those of another implementation', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (entropy) => {
      const words = newWords(entropy);
      assert.deepEqual(entropyFromWords(words), entropy);
      assert.deepEqual(entropyFromWords(`\n ${words.toUpperCase().replaceAll(' ', ' \t\n')}  `), entropy);
      assert.deepEqual(seedFromWords(words), mnemonicToSeedSync(words));
    }),
    { numRuns: 5 },
  );
});

test('wrong words are refused, and never repeated', () => {
  const swapped = newWords(Uint8Array.from({ length: 32 }, (_, i) => i * 7)).split(' ');
  [swapped[0], swapped[1]] = [swapped[1]!, swapped[0]!];
  const bad: [string, RegExp][] = [
    ['', /there must be 24/],
    ['abandon '.repeat(12), /there must be 24/],
    ['abandon '.repeat(100_000), /there must be 24/],
    [`${'abandon '.repeat(23)}about`, /do not fit together/],
    [swapped.join(' '), /do not fit together/],
    [ZERO.replace('abandon', 'abandonn'), /^word 1 is not/],
    [ZERO.replace('art', 'ärt'), /^word 24 is not/],
  ];
  for (const [words, message] of bad) {
    assert.throws(
      () => seedFromWords(words),
      (error) => {
        assert.ok(isFailure(error) && error.code === 'usage');
        assert.match(error.message, message);
        assert.doesNotMatch(`${error.message} ${error.hint} ${error.cause ?? ''}`, /abandon|art\b|about/);
        return true;
      },
    );
  }
});
