import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChkCap } from '../../src/lib/codec/caps.js';
import { encryptor } from '../../src/lib/codec/cipher.js';
import { encodedFile } from '../../src/lib/codec/encode.js';
import { ShareEncoder } from '../../src/lib/codec/encoder.js';
import {
  type Layout,
  layoutFor,
  packHeader,
  packUebField,
  shareLength,
  unpackChain,
  unpackHeader,
} from '../../src/lib/codec/layout.js';
import { shapeFor, shapeOf } from '../../src/lib/codec/shape.js';
import type { ByteSource, ShareSink } from '../../src/lib/codec/source.js';
import { packUeb } from '../../src/lib/codec/ueb.js';
import { checkShares } from '../../src/lib/codec/verify.js';
import { concat, toHex, u64be } from '../../src/lib/util/bytes.js';
import { assertSame, decodeAll, encodeAll, flipped, noise, sources } from './helpers.js';

const way = { needed: 3, happy: 7, total: 10, segmentSize: 300 };
const data = noise(1000);
const shape = shapeFor(way, data.length);

/** The same share under the other header: no Tahoe writes one so small, every Tahoe reads it. */
function asVersion2(share: Uint8Array): Uint8Array {
  const one = layoutFor(shape, 1);
  const two = layoutFor(shape, 2);
  return concat(packHeader(two), share.subarray(one.data, one.ueb), packUebField(two, share.subarray(one.ueb + 4)));
}

test('a header is read back as it was written', () => {
  for (const version of [1, 2] as const) {
    const layout = layoutFor(shape, version);
    const bytes = packHeader(layout);
    assert.equal(bytes.length, version === 1 ? 0x24 : 0x44);
    assert.equal(layout.data, bytes.length);
    assert.deepEqual(unpackHeader(bytes), layout);
    assert.equal(unpackHeader(bytes.subarray(0, -1)), 'it is cut short');
  }
  assert.equal(typeof unpackHeader(concat(Uint8Array.of(0, 0, 0, 3), new Uint8Array(64))), 'string');
  assert.equal(typeof unpackHeader(new Uint8Array(3)), 'string');
});

test('version 2 is written only where version 1 cannot count so far', () => {
  const version = (needed: number, size: number, segmentSize: number) =>
    layoutFor(shapeOf(needed, needed, size, segmentSize)).version;
  const mebi = 2 ** 20;
  assert.equal(version(1, 2 ** 32, mebi), 2, 'data size');
  assert.equal(version(1, 2 ** 32 - 1000, mebi), 2, 'UEB offset');
  assert.equal(version(1, 2 ** 32 - 2 * mebi, mebi), 1);
  assert.equal(version(4, 2 ** 34 - 16 * mebi, mebi), 1);
  assert.equal(version(1, 100, 2 ** 32), 2, 'block size');

  const edge = layoutFor(shapeOf(1, 1, 100, 100));
  const room = 2 ** 32 - (edge.ueb - edge.dataSize);
  const wide = (size: number) => layoutFor(shapeOf(1, 1, size, 2 ** 31)).version;
  const trees = 3 * 32 * 2;
  assert.equal(wide(room - trees - 1), 1);
  assert.equal(wide(room - trees), 2);
});

test('a wide header, byte by byte', () => {
  const layout = layoutFor(shapeOf(1, 1, 2 ** 33, 2 ** 20));
  const tree = 32 * (2 * 8192 - 1);
  const data = 0x44;
  const ends = [data + 2 ** 33, data + 2 ** 33 + tree, data + 2 ** 33 + 2 * tree, data + 2 ** 33 + 3 * tree];
  const values = [2 ** 20, 2 ** 33, data, ...ends, ends[3]! + 34];
  assert.equal(toHex(packHeader(layout)), `00000002${values.map((value) => toHex(u64be(value))).join('')}`);
  assert.equal(shareLength(layout, 300), ends[3]! + 34 + 8 + 300);
});

test('version 2 shares are read, alone and among version 1', async () => {
  const { cap, shares } = await encodeAll(data, way);
  const wide = shares.map(asVersion2);
  for (const verdict of await checkShares(cap, sources(wide))) assert.ok(verdict.good, verdict.reason ?? '');
  assertSame((await decodeAll(cap, sources(wide, [1, 5, 9]))).data, data);
  assertSame((await decodeAll(cap, sources([shares[0]!, shares[1]!, wide[2]!]))).data, data);

  for (let at = 0; at < 0x44; at++) {
    const [verdict] = await checkShares(cap, sources([flipped(wide[0]!, at)]));
    assert.equal(verdict!.good, false, `byte ${at}`);
  }
});

/** Holds what is written, and zeros between. */
class SparseShare implements ByteSource, ShareSink {
  readonly #parts: { at: number; bytes: Uint8Array }[] = [];
  size = 0;

  async write(at: number, bytes: Uint8Array): Promise<void> {
    this.#parts.push({ at, bytes: bytes.slice() });
    this.size = Math.max(this.size, at + bytes.length);
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    const out = new Uint8Array(length);
    for (const { at, bytes } of this.#parts) {
      const from = Math.max(at, offset);
      const to = Math.min(at + bytes.length, offset + length);
      if (from < to) out.set(bytes.subarray(from - at, to - at), from - offset);
    }
    return out;
  }
}

test('a share beyond 4 GiB is written under version 2, and read again', async () => {
  // The file is small; its shape says that the blocks take so much room, and so all else stands behind it.
  const wide = { ...shape, dataSize: 2 ** 32 + 12_345 };
  const key = noise(16);
  const made = Array.from({ length: 10 }, () => new SparseShare());
  const encoder = new ShareEncoder(wide, (share) => made[share]);
  const ciphertext = encryptor(key)(data);
  for (let start = 0; start < data.length; start += 300) {
    await encoder.segment(async (at, length) => ciphertext.subarray(start + at, start + at + length));
  }
  const ueb = packUeb(wide, await encoder.seal());
  await encoder.close(ueb);
  const { cap, shareSize } = encodedFile(wide, key, ueb);
  assert.equal(shareSize, made[0]!.size);
  assert.deepEqual(unpackHeader(await made[9]!.read(0, 68)), layoutFor(wide, 2));
  assertSame((await decodeAll(cap as ChkCap, new Map([...made.entries()].slice(6)))).data, data);
});

/** Of a header's fields, those that are no offsets. */
const STAYS = new Set(['version', 'blockSize', 'dataSize']);

test('offsets may stand elsewhere: a reader follows them', async () => {
  const { cap, shares } = await encodeAll(data, way);
  const moved = shares.map((share) => {
    const layout = layoutFor(shape);
    const gap = 100;
    const fields = Object.entries(layout).map(([key, value]) => [key, STAYS.has(key) ? value : value + gap]);
    const later = Object.fromEntries(fields) as Layout;
    return concat(packHeader(later), new Uint8Array(gap), share.subarray(layout.data));
  });
  assertSame((await decodeAll(cap, sources(moved, [2, 4, 6]))).data, data);
});

test('a chain is whole entries, each node once', () => {
  const entry = concat(Uint8Array.of(0, 7), noise(32));
  assert.deepEqual([...unpackChain(concat(entry, Uint8Array.of(0, 8), noise(32)))!.keys()], [7, 8]);
  assert.equal(unpackChain(concat(entry, entry)), undefined);
  assert.equal(unpackChain(entry.subarray(1)), undefined);
});
