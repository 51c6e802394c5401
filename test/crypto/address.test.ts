import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bech32, bech32m } from '@scure/base';
import fc from 'fast-check';
import { formatAddress, parseAddress } from '../../src/lib/crypto/address.js';
import { isFailure } from '../../src/lib/util/errors.js';

const usage = (error: unknown) => isFailure(error) && error.code === 'usage';
const key = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('property: an address reads back, in lower or upper case, and any one changed character is seen', () => {
  fc.assert(
    fc.property(key, fc.nat(57), fc.constantFrom(...'qpzry9x8gf2tvdw0s3jn54khce6mua7l'), (bytes, at, symbol) => {
      const text = formatAddress(bytes);
      assert.match(text, /^hf1[02-9ac-hj-np-z]{58}$/);
      assert.deepEqual(parseAddress(text), bytes);
      assert.deepEqual(parseAddress(text.toUpperCase()), bytes);
      fc.pre(text[3 + at] !== symbol);
      assert.throws(() => parseAddress(text.slice(0, 3 + at) + symbol + text.slice(4 + at)), usage);
    }),
  );
});

test('what is no address is refused: other lengths, prefixes, checksums, case mixed', () => {
  const bytes = new Uint8Array(32).fill(3);
  const good = formatAddress(bytes);
  const bad = [
    '',
    'hf1',
    good.slice(0, -1),
    `${good}q`,
    ` ${good}`,
    good.replace('hf1', 'hF1'),
    bech32.encodeFromBytes('hf', bytes),
    bech32m.encodeFromBytes('bc', bytes),
    bech32m.encodeFromBytes('hf', new Uint8Array(31)),
    'x'.repeat(1_000_000),
  ];
  for (const text of bad) assert.throws(() => parseAddress(text), usage, text.slice(0, 80));
});
