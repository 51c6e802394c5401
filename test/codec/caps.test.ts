import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../src/lib/codec/base32.js';
import { formatCap, parseCap, parseReadCap, verifyCapOf } from '../../src/lib/codec/caps.js';
import { isFailure } from '../../src/lib/util/errors.js';

const KEY = 'hah7mxwfpqemm7icdh3hwsa5fa';
const HASH = '6epvxt2uxh42obpnfn4wkrplqml7voh7aqpnqnapu7ffcyn2hk3q';

test('base32 round trip', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = encodeBase32(bytes);
      assert.match(text, /^[a-z2-7]*$/);
      assert.deepEqual(decodeBase32(text), bytes);
    }),
  );
});

test('base32 has one text a value', () => {
  // 16 bytes are 26 letters, of which the last carries three bits.
  const accepted = [...'abcdefghijklmnopqrstuvwxyz234567'].filter((last) => decodeBase32(`${'a'.repeat(25)}${last}`));
  assert.equal(accepted.join(''), 'aeimquy4');
  for (const text of ['a', 'aaa', 'aaaaaa', 'ab', 'ME', 'me======', 'm e', 'm1', 'é']) {
    assert.equal(decodeBase32(text), undefined, text);
  }
});

test('caps that are accepted are written back as they were', () => {
  const texts = [
    `URI:CHK:${KEY}:${HASH}:3:10:56`,
    `URI:CHK:${KEY}:${HASH}:256:256:9007199254740991`,
    `URI:CHK-Verifier:${KEY}:${HASH}:1:1:1`,
    'URI:LIT:',
    'URI:LIT:mfrgg',
  ];
  for (const text of texts) assert.equal(formatCap(parseCap(text)), text);
});

const JUNK: [string, string][] = [
  ['empty', ''],
  ['another scheme', `http:CHK:${KEY}:${HASH}:3:10:56`],
  ['a leading blank', ` URI:CHK:${KEY}:${HASH}:3:10:56`],
  ['a trailing newline', `URI:CHK:${KEY}:${HASH}:3:10:56\n`],
  ['a mutable file', `URI:SSK:${KEY}:${HASH}`],
  ['a directory', `URI:DIR2-CHK:${KEY}:${HASH}:3:10:56`],
  ['lower case', `uri:chk:${KEY}:${HASH}:3:10:56`],
  ['an upper-case key', `URI:CHK:${KEY.toUpperCase()}:${HASH}:3:10:56`],
  ['a short key', `URI:CHK:${KEY.slice(1)}:${HASH}:3:10:56`],
  ['a key with stray bits', `URI:CHK:${KEY.slice(0, -1)}b:${HASH}:3:10:56`],
  ['a hash with stray bits', `URI:CHK:${KEY}:${HASH.slice(0, -1)}b:3:10:56`],
  ['a hash in the place of a key', `URI:CHK:${HASH}:${HASH}:3:10:56`],
  ['no size', `URI:CHK:${KEY}:${HASH}:3:10`],
  ['an extra field', `URI:CHK:${KEY}:${HASH}:3:10:56:1`],
  ['an empty number', `URI:CHK:${KEY}:${HASH}::10:56`],
  ['k = 0', `URI:CHK:${KEY}:${HASH}:0:10:56`],
  ['k > N', `URI:CHK:${KEY}:${HASH}:11:10:56`],
  ['N = 257', `URI:CHK:${KEY}:${HASH}:3:257:56`],
  ['a leading zero', `URI:CHK:${KEY}:${HASH}:03:10:56`],
  ['a sign', `URI:CHK:${KEY}:${HASH}:+3:10:56`],
  ['an exponent', `URI:CHK:${KEY}:${HASH}:3:10:5e3`],
  ['a fraction', `URI:CHK:${KEY}:${HASH}:3:10:56.0`],
  ['hexadecimal', `URI:CHK:${KEY}:${HASH}:3:10:0x56`],
  ['size zero', `URI:CHK:${KEY}:${HASH}:3:10:0`],
  ['a size past 2^53', `URI:CHK:${KEY}:${HASH}:3:10:9007199254740992`],
  ['a size past 2^64', `URI:CHK:${KEY}:${HASH}:3:10:99999999999999999999`],
  ['a verifier with stray bits', `URI:CHK-Verifier:${KEY.slice(0, -1)}b:${HASH}:3:10:56`],
  ['a literal with stray bits', 'URI:LIT:mb'],
  ['a literal with another field', 'URI:LIT:mfrgg:1'],
  ['a literal without data', 'URI:LIT'],
  ['far too long', `URI:LIT:${'a'.repeat(8192)}`],
];

for (const [what, text] of JUNK) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => parseCap(text),
      (error) => {
        assert.ok(isFailure(error));
        assert.equal(error.code, 'usage');
        const said = `${error.message} ${error.hint}`;
        for (const secret of [KEY, HASH, 'mfrgg']) assert.ok(!said.includes(secret), 'the cap is not repeated');
        return true;
      },
    );
  });
}

test('random text is refused without an uncaught error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((rest) => `URI:CHK:${rest}`),
      ),
      (text) => {
        assert.throws(() => parseCap(text), isFailure);
      },
    ),
  );
});

test('a verify cap does not read', () => {
  const cap = parseCap(`URI:CHK:${KEY}:${HASH}:3:10:56`);
  assert.ok(cap.kind === 'chk');
  const verify = verifyCapOf(cap);
  assert.equal(formatCap(verifyCapOf(verify)), formatCap(verify));
  assert.ok(!formatCap(verify).includes(KEY));
  assert.throws(() => parseReadCap(formatCap(verify)), { code: 'usage' });
  assert.equal(parseReadCap(formatCap(cap)).kind, 'chk');
});
