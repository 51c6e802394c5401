import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { commitmentOf } from '../../src/lib/codec/commitment.js';
import { layoutFor, packHeader, packUebField } from '../../src/lib/codec/layout.js';
import { shapeFor } from '../../src/lib/codec/shape.js';
import { bufferSource } from '../../src/lib/codec/source.js';
import { concat } from '../../src/lib/util/bytes.js';
import { encodeAll, flipped, noise } from './helpers.js';

const params = { needed: 2, happy: 2, total: 3, segmentSize: 1024 };
const parts = (share: Uint8Array) => commitmentOf(bufferSource(share));

test('no two shares have the same parts: of one file, siblings too, of files that differ in one byte, of one size', async () => {
  const plain = noise(5000);
  const seen = new Map<string, string>();
  for (const at of [undefined, 0, 2500, 4999]) {
    const { shares } = await encodeAll(at === undefined ? plain : flipped(plain, at), params);
    for (const [number, share] of shares.entries()) {
      const found = await parts(share);
      assert.ok(found instanceof Uint8Array);
      const text = Buffer.from(found).toString('hex');
      assert.equal(seen.get(text), undefined);
      seen.set(text, `${at}/${number}`);
    }
  }
});

test('whatever is changed in header, chain or URI extension block shows in the parts, which are few', async () => {
  const { shares } = await encodeAll(noise(50_000), params);
  const share = shares[1]!;
  const whole = await parts(share);
  assert.ok(whole instanceof Uint8Array && whole.length < 2500);
  const tail = share.length - (whole.length - 0x24 - 32);
  const inParts = fc.oneof(fc.integer({ min: 0, max: 0x23 }), fc.integer({ min: tail, max: share.length - 1 }));
  await fc.assert(
    fc.asyncProperty(inParts, fc.integer({ min: 1, max: 255 }), async (at, mask) => {
      const found = await parts(flipped(share, at, mask));
      assert.notDeepEqual(found, whole);
    }),
  );
});

test('a share cut anywhere is short, or no share at all', async () => {
  const { shares } = await encodeAll(noise(3000), params);
  for (let size = 0; size < shares[0]!.length; size += 7) {
    const found = await parts(shares[0]!.slice(0, size));
    assert.ok(found === undefined || found === 'short', `${size}`);
    if (size >= 0x24) assert.equal(found, 'short');
  }
});

test('version 2 as well; offsets out of order, and bytes that are no share, have no such parts', async () => {
  const shape = shapeFor(params, 3000);
  const layout = layoutFor(shape, 2);
  const body = noise(layout.ueb - layout.data);
  const share = concat(packHeader(layout), body, packUebField(layout, noise(300)));
  const found = await parts(share);
  assert.ok(found instanceof Uint8Array);
  assert.equal(found.length, 0x44 + 32 + share.length - layout.shareHashes);
  for (const wrong of [
    { shareHashes: layout.data - 1 },
    { shareHashes: layout.blockHashes + 31 },
    { blockHashes: 2 ** 60 },
    { data: 0x24 },
  ])
    assert.equal(await parts(concat(packHeader({ ...layout, ...wrong }), share.slice(0x44))), undefined);
  for (const junk of [new Uint8Array(), new Uint8Array(500), noise(500)]) assert.equal(await parts(junk), undefined);
  // more behind the share-hash chain than any share has
  const far = concat(packHeader(layout), body, packUebField(layout, noise(3000)));
  assert.equal(await parts(far), undefined);
});
