import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ShareAssembler } from '../../src/lib/codec/assembler.js';
import { decryptor, encryptor } from '../../src/lib/codec/cipher.js';
import { encodedFile } from '../../src/lib/codec/encode.js';
import { crypttextHasher } from '../../src/lib/codec/hashutil.js';
import { convergenceHasher } from '../../src/lib/codec/keys.js';
import { piecesOf, SegmentCoder, type SegmentHashes } from '../../src/lib/codec/segment.js';
import { segmentLength, shapeFor } from '../../src/lib/codec/shape.js';
import { BufferSink } from '../../src/lib/codec/source.js';
import { packUeb } from '../../src/lib/codec/ueb.js';
import { concat, u64be } from '../../src/lib/util/bytes.js';
import { assertSame, encodeAll, noise, SECRET } from './helpers.js';

const KEY = noise(16, 'key');

test('a stream may begin anywhere: what it gives is a window of the whole', () => {
  const data = noise(5000);
  const all = encryptor(KEY)(data);
  fc.assert(
    fc.property(fc.nat(5000), fc.nat(200), (offset, length) => {
      const end = Math.min(data.length, offset + length);
      assertSame(encryptor(KEY, offset)(data.subarray(offset, end)), all.subarray(offset, end));
      assertSame(decryptor(KEY, offset)(all.subarray(offset, end)), data.subarray(offset, end));
    }),
  );
});

test('far into a file the counter carries beyond 32 bits', () => {
  for (const block of [2 ** 32 - 1, 2 ** 32, 2 ** 40 + 7]) {
    const counters = concat(...[0, 1, 2].flatMap((step) => [new Uint8Array(8), u64be(block + step)]));
    const cipher = createCipheriv('aes-128-ecb', KEY, null).setAutoPadding(false);
    const keystream = new Uint8Array(cipher.update(counters));
    for (const skip of [0, 1, 15]) {
      assertSame(encryptor(KEY, 16 * block + skip)(new Uint8Array(48 - skip)), keystream.subarray(skip), `${block}`);
    }
  }
});

test('pieces are windows; only what zeros fill up is copied', () => {
  const shape = shapeFor({ needed: 7, happy: 1, total: 9, segmentSize: 70 }, 94);
  const full = noise(70);
  for (const piece of piecesOf(shape, 0, full)) assert.equal(piece.buffer, full.buffer);
  const tail = noise(24);
  const pieces = piecesOf(shape, 1, tail);
  assert.deepEqual(
    pieces.map((piece) => piece.buffer === tail.buffer),
    [true, true, true, true, true, true, false],
  );
  assertSame(concat(...pieces), concat(tail, new Uint8Array(4)));
});

interface Way {
  needed: number;
  total: number;
  segmentSize: number;
}

/** Encodes as worker threads would: segments in any order, shares put together apart. */
async function encodeApart(data: Uint8Array, way: Way, order: (segments: number) => number[]): Promise<Uint8Array[]> {
  const shape = shapeFor({ happy: 1, ...way }, data.length);
  const key = convergenceHasher(SECRET, shape).update(data).digest().subarray(0, 16);
  const sinks = Array.from({ length: way.total }, () => new BufferSink());
  const hashes: SegmentHashes[] = [];
  for (const index of order(shape.segments)) {
    const start = index * shape.segmentSize;
    const plaintext = data.subarray(start, start + segmentLength(shape, index));
    const coder = new SegmentCoder(shape);
    hashes[index] = coder.encode(index, encryptor(key, start)(plaintext), (share, offset, bytes) => {
      void sinks[share]!.write(offset, bytes);
    });
  }
  const assembler = new ShareAssembler(shape, (share) => sinks[share]);
  for (const [index, made] of hashes.entries()) await assembler.add(index, made);
  const ueb = packUeb(shape, await assembler.seal(crypttextHasher().update(encryptor(key)(data)).digest()));
  await assembler.close(ueb);
  const file = encodedFile(shape, key, ueb);
  const { cap } = await encodeAll(data, { happy: 1, ...way });
  assert.deepEqual(file.cap, cap);
  return sinks.map((sink) => sink.bytes());
}

test('segments encoded apart, in any order, make the same shares', async () => {
  const ways: [number, Way][] = [
    [1000, { needed: 3, total: 10, segmentSize: 100 }],
    [56, { needed: 60, total: 70, segmentSize: 1 << 20 }],
    [999, { needed: 1, total: 4, segmentSize: 64 }],
    [3_000_001, { needed: 2, total: 3, segmentSize: 2_000_000 }],
    [700_000, { needed: 5, total: 256, segmentSize: 600_000 }],
    [9000, { needed: 4, total: 4, segmentSize: 12 }],
  ];
  for (const [size, way] of ways) {
    const data = noise(size);
    const made = await encodeApart(data, way, (segments) =>
      Array.from({ length: segments }, (_, at) => segments - 1 - at),
    );
    const { shares } = await encodeAll(data, { happy: 1, ...way });
    for (const [share, bytes] of made.entries()) assertSame(bytes, shares[share]!, `share ${share} of ${size} bytes`);
  }
});

test('hashes come in order, each once', async () => {
  const shape = shapeFor({ needed: 1, happy: 1, total: 1, segmentSize: 50 }, 100);
  const coder = new SegmentCoder(shape);
  const hashes = coder.encode(0, noise(50), () => {});
  const assembler = new ShareAssembler(shape, () => undefined);
  await assembler.add(0, hashes);
  await assert.rejects(assembler.seal(noise(32)), /segments are missing/);
  await assert.rejects(assembler.add(0, hashes), /out of order/);
  assert.throws(() => coder.encode(1, noise(49), () => {}), /wrong length/);
});

test('what a share leaves to memory does not grow with its segments', async () => {
  const data = noise(20_000);
  let largest = 0;
  const written = new Map<number, number>();
  const shape = shapeFor({ needed: 2, happy: 1, total: 2, segmentSize: 4 }, data.length);
  const sink = {
    write: async (offset: number, bytes: Uint8Array) => {
      largest = Math.max(largest, bytes.length);
      assert.ok(!written.has(offset), 'each place once');
      written.set(offset, bytes.length);
    },
  };
  const assembler = new ShareAssembler(shape, (share) => (share === 0 ? sink : undefined));
  const hashes = { crypttext: noise(32), blocks: noise(64) };
  for (let index = 0; index < shape.segments; index++) await assembler.add(index, hashes);
  await assembler.close(packUeb(shape, await assembler.seal(noise(32))));
  assert.ok(largest <= 65_536);
  const regions = [...written].sort(([a], [b]) => a - b).slice(1);
  let end = regions[0]![0];
  for (const [offset, length] of regions) {
    assert.equal(offset, end, 'no gap and no overlap');
    end = offset + length;
  }
});
