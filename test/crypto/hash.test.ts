import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hkdfSha256, hmacSha256, hmacSha512, sha256, sha512, taggedHash } from '../../src/lib/crypto/hash.js';
import { itemsHash } from '../../src/lib/crypto/items.js';
import { concat, fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';

test('FIPS 180-4: SHA-256 and SHA-512 of "abc", in one part or three', () => {
  const parts = ['a', 'b', 'c'].map(utf8);
  for (const input of [[utf8('abc')], parts]) {
    assert.equal(toHex(sha256(...input)), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.match(toHex(sha512(...input)), /^ddaf35a193617abacc417349ae204131.*2a9ac94fa54ca49f$/);
  }
  assert.equal(sha256().constructor, Uint8Array);
});

test('RFC 4231 test case 2: HMAC', () => {
  const message = utf8('what do ya want for nothing?');
  assert.equal(
    toHex(hmacSha256(utf8('Jefe'), message)),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  );
  assert.match(toHex(hmacSha512(utf8('Jefe'), message)), /^164b7a7bfcf819e2e395fbe73b56e0a3/);
});

test('RFC 5869 test case 3: HKDF-SHA256 without salt or info', () => {
  const okm = hkdfSha256(new Uint8Array(22).fill(0x0b), new Uint8Array(0), '', 42);
  assert.equal(toHex(okm), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8');
});

test('a tagged hash is BIP340 style', () => {
  const tag = sha256(utf8('some/tag'));
  assert.deepEqual(taggedHash('some/tag', utf8('x'), utf8('y')), sha256(concat(tag, tag, utf8('xy'))));
  assert.deepEqual(taggedHash('some/tag', utf8('xy')), taggedHash('some/tag', utf8('x'), utf8('y')));
  assert.notDeepEqual(taggedHash('other/tag', utf8('xy')), taggedHash('some/tag', utf8('xy')));
});

test('the hash of items binds every name, every nonce and their order', () => {
  const item = (a: number, b: number) => ({ name: new Uint8Array(32).fill(a), nonce: new Uint8Array(32).fill(b) });
  const lists = [[item(1, 2)], [item(2, 1)], [item(1, 2), item(3, 4)], [item(3, 4), item(1, 2)], []];
  assert.equal(new Set(lists.map((items) => toHex(itemsHash(items)))).size, lists.length);
  const one = fromHex(`8182${`5820${'01'.repeat(32)}5820${'02'.repeat(32)}`}`)!;
  assert.deepEqual(itemsHash([item(1, 2)]), taggedHash('holdfast/items/v1', one));
});
