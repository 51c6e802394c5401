import assert from 'node:assert/strict';
import { createCipheriv, createHmac, hkdfSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { CounterStream } from '../../src/lib/seal/ctr.js';
import { type ByteSource, sealedSize, sealKey, sealSalt, sealStream, unsealSource } from '../../src/lib/seal/seal.js';
import { concat, fromHex, toHex } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';

const CHK = new Uint8Array(16).fill(5);
const SECRET = new Uint8Array(32).fill(6);

function inMemory(bytes: Uint8Array): ByteSource {
  return { size: bytes.length, read: async (offset, length) => bytes.slice(offset, offset + length) };
}

function sealWhole(share: Uint8Array, number = 0, generation = 0, secret?: Uint8Array): Uint8Array {
  const seal = sealStream(CHK, number, generation, secret);
  return concat(seal.salt, seal.transform(share));
}

test('NIST SP 800-38A §6.5: the keystream is AES of 0, 1, 2…', () => {
  const key = fromHex('603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4')!;
  const ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const blocks = [0, 1, 2].map((n) => Uint8Array.from({ length: 16 }, (_, i) => (i === 15 ? n : 0)));
  const keystream = concat(...blocks.map((block) => ecb.update(block)));
  assert.equal(toHex(new CounterStream(key).apply(0, new Uint8Array(48))), toHex(keystream));
});

test('salt and key are the protocol page, word for word', () => {
  const salt = createHmac('sha256', CHK).update('holdfast/salt/v1').update(fromHex('000700000002')!).digest();
  assert.equal(toHex(sealSalt(CHK, 7, 2)), salt.subarray(0, 16).toString('hex'));
  const key = hkdfSync('sha256', CHK, salt.subarray(0, 16), 'holdfast/seal/v1', 32);
  assert.equal(toHex(sealKey(CHK, sealSalt(CHK, 7, 2))), Buffer.from(key).toString('hex'));
  const cipher = createCipheriv('aes-256-ctr', Buffer.from(key), Buffer.alloc(16));
  const share = new Uint8Array(1000).fill(3);
  const blob = concat(salt.subarray(0, 16), cipher.update(share));
  assert.equal(toHex(sealWhole(share, 7, 2)), toHex(blob));
  assert.equal(blob.length, sealedSize(share.length));
});

test('threats 4 and 5: no two placements of a share are alike, and none without the secret is with it', () => {
  const share = new Uint8Array(64);
  const blobs = [
    sealWhole(share, 0, 0),
    sealWhole(share, 1, 0),
    sealWhole(share, 0, 1),
    sealWhole(share, 0, 0, SECRET),
  ].map((blob) => toHex(blob.subarray(16)));
  assert.equal(new Set(blobs).size, 4);
  assert.equal(toHex(sealWhole(share, 1, 0).subarray(16)), blobs[1]);
});

test('property: chunks of any length, in any order, seal as the whole does', () => {
  const run = fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 500 }), fc.array(fc.integer({ min: 1, max: 70 })));
  fc.assert(
    fc.property(run, fc.boolean(), ([share, lengths], backwards) => {
      const pieces: { offset: number; bytes: Uint8Array }[] = [];
      for (let at = 0, i = 0; at < share.length; i += 1) {
        const length = lengths[i] ?? share.length;
        pieces.push({ offset: at, bytes: share.subarray(at, at + length) });
        at += length;
      }
      const whole = sealWhole(share).subarray(16);
      const inOrder = sealStream(CHK, 0, 0);
      assert.equal(toHex(concat(...pieces.map(({ bytes }) => inOrder.transform(bytes)))), toHex(whole));
      const anywhere = sealStream(CHK, 0, 0);
      const out = new Uint8Array(share.length);
      for (const { offset, bytes } of backwards ? pieces.reverse() : pieces) {
        out.set(anywhere.transform(bytes, offset), offset);
      }
      assert.equal(toHex(out), toHex(whole));
    }),
  );
});

test('property: an unsealed blob reads like the share, at any offset and length', async () => {
  const reads = fc.array(fc.tuple(fc.nat(400), fc.nat(400)), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), reads, fc.boolean(), async (share, wanted, isPrivate) => {
      const secret = isPrivate ? SECRET : undefined;
      const source = await unsealSource(inMemory(sealWhole(share, 3, 1, secret)), CHK, secret);
      assert.equal(source.size, share.length);
      for (const [offset, length] of wanted) {
        const bytes = await source.read(offset, length);
        assert.equal(toHex(bytes), toHex(share.slice(offset, offset + length)));
      }
    }),
  );
});

test('the counter carries past 2^32 blocks', () => {
  const key = new Uint8Array(32).fill(8);
  const offset = 2 ** 36 + 5;
  const ecb = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  const block = ecb.update(fromHex('00000000000000000000000100000000')!);
  assert.equal(toHex(new CounterStream(key).apply(offset, new Uint8Array(8))), toHex(block.subarray(5, 13)));
});

test('without the private secret a blob stays noise', async () => {
  const share = new Uint8Array(100).fill(1);
  const source = await unsealSource(inMemory(sealWhole(share, 0, 0, SECRET)), CHK);
  assert.notEqual(toHex(await source.read(0, 100)), toHex(share));
});

test('what is shorter than a salt is no sealed share', async () => {
  await assert.rejects(unsealSource(inMemory(new Uint8Array(15)), CHK), isFailure);
  const shrunk: ByteSource = { size: 100, read: async () => new Uint8Array(3) };
  await assert.rejects(unsealSource(shrunk, CHK), isFailure);
});
