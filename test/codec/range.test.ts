import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DecodeOptions, decodeFile } from '../../src/lib/codec/decode.js';
import { layoutFor } from '../../src/lib/codec/layout.js';
import { shapeFor } from '../../src/lib/codec/shape.js';
import { type ByteSource, bufferSource } from '../../src/lib/codec/source.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { assertSame, encodeAll, flipped, noise, sources } from './helpers.js';

const way = { needed: 3, happy: 3, total: 6, segmentSize: 100 };
const SIZE = 1234;
const data = noise(SIZE);
const shape = shapeFor(way, SIZE);
const layout = layoutFor(shape);
const { cap, shares } = await encodeAll(data, way);

async function range(
  options: DecodeOptions,
  from: Parameters<typeof decodeFile>[1] = sources(shares),
  of: Parameters<typeof decodeFile>[0] = cap,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await decodeFile(of, from, (plaintext) => void parts.push(plaintext.slice()), options);
  return new Uint8Array(Buffer.concat(parts));
}

interface Counted extends ByteSource {
  readonly reads: [number, number][];
}

function counted(bytes: Uint8Array): Counted {
  const source = bufferSource(bytes);
  const reads: [number, number][] = [];
  return {
    size: source.size,
    reads,
    read(offset, length) {
      reads.push([offset, length]);
      return source.read(offset, length);
    },
  };
}

test('a range is a slice of the file', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(SIZE), fc.nat(SIZE + 50), fc.boolean(), async (offset, length, open) => {
      const got = await range(open ? { offset } : { offset, length });
      assertSame(got, data.subarray(offset, open ? SIZE : offset + length), `${length} bytes from ${offset}`);
    }),
    { numRuns: 80 },
  );
});

test('ranges at the edges of segments, and at the end', async () => {
  for (const offset of [0, 1, 101, 102, 103, 203, 204, SIZE - 1, SIZE]) {
    for (const length of [0, 1, 101, 102, 103, SIZE, Number.MAX_SAFE_INTEGER - SIZE]) {
      assertSame(await range({ offset, length }), data.subarray(offset, offset + length), `${length} from ${offset}`);
    }
  }
});

test('a literal has ranges, too', async () => {
  const literal = { kind: 'lit', data: noise(20) } as const;
  assertSame(await range({ offset: 5, length: 7 }, new Map(), literal), literal.data.subarray(5, 12));
  assertSame(await range({ offset: 15, length: 70 }, new Map(), literal), literal.data.subarray(15));
  assert.equal((await range({ offset: 20 }, new Map(), literal)).length, 0);
  await assert.rejects(range({ offset: 21 }, new Map(), literal), { code: 'usage' });
});

test('what is no range of the file is refused', async () => {
  const table: DecodeOptions[] = [
    { offset: SIZE + 1 },
    { offset: -1 },
    { offset: 0.5 },
    { offset: Number.NaN },
    { offset: 2 ** 60 },
    { length: -1 },
    { length: 1.5 },
  ];
  for (const options of table) {
    await assert.rejects(range(options), { name: 'Failure', code: 'usage' }, JSON.stringify(options));
  }
});

test('only the segments that a range touches are read, from k shares alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(SIZE - 1), fc.integer({ min: 1, max: 400 }), async (offset, length) => {
      const watched = shares.map(counted);
      const end = Math.min(SIZE, offset + length);
      await range({ offset, length }, new Map(watched.entries()));
      const first = Math.floor(offset / shape.segmentSize);
      const count = Math.ceil(end / shape.segmentSize) - first;
      for (const [share, { reads }] of watched.entries()) {
        const blocks = reads.filter(([at]) => at >= layout.data && at < layout.plaintextHashes);
        assert.equal(blocks.length, share < way.needed ? count : 0, `blocks of share ${share}`);
        if (share >= way.needed) assert.deepEqual(reads, []);
        assert.ok(blocks.every(([at], turn) => at === layout.data + (first + turn) * shape.blockSize));
      }
    }),
    { numRuns: 40 },
  );
});

test('a range of a file of many segments reads few of its hashes', async () => {
  const many = { needed: 1, happy: 1, total: 1, segmentSize: 4 };
  const long = noise(12_000);
  const encoded = await encodeAll(long, many);
  const source = counted(encoded.shares[0]!);
  const got = await range({ offset: 8001, length: 10 }, new Map([[0, source]]), encoded.cap);
  assertSame(got, long.subarray(8001, 8011));
  const bytes = source.reads.reduce((sum, [, length]) => sum + length, 0);
  assert.ok(bytes < 40_000, `${bytes} bytes of a share of ${source.size}`);
});

test('a bad share does no harm to ranges it is not read for, and is replaced where it is', async () => {
  const bad = flipped(shares[1]!, layout.data + 5 * shape.blockSize);
  const from = sources(shares).set(1, bufferSource(bad));
  const named: number[] = [];
  const onBadShare = (share: number) => named.push(share);
  assertSame(await range({ offset: 0, length: 500, onBadShare }, from), data.subarray(0, 500));
  assert.deepEqual(named, []);
  assertSame(await range({ offset: 505, length: 500, onBadShare }, from), data.subarray(505, 1005));
  assert.deepEqual(named, [1]);
});

test('what was handed on before too few shares were left was right', async () => {
  const broken = (share: number, segment: number) =>
    bufferSource(flipped(shares[share]!, layout.data + segment * shape.blockSize));
  const from = new Map([
    [0, bufferSource(shares[0]!)],
    [2, broken(2, 9)],
    [4, broken(4, 4)],
    [5, bufferSource(shares[5]!)],
  ]);
  const parts: Uint8Array[] = [];
  const named: number[] = [];
  await assert.rejects(
    decodeFile(cap, from, (plaintext) => void parts.push(plaintext.slice()), {
      onBadShare: (share) => named.push(share),
    }),
    (error) => isFailure(error) && error.code === 'lost' && error.exitStatus === 21,
  );
  assert.deepEqual(named, [4, 2]);
  assertSame(new Uint8Array(Buffer.concat(parts)), data.subarray(0, 9 * shape.segmentSize));
});

test('a share may be had in several places: a bad one is named, and the next is tried', async () => {
  const bad = bufferSource(flipped(shares[1]!, layout.data + 3 * shape.blockSize));
  const empty = bufferSource(new Uint8Array());
  const good = counted(shares[1]!);
  const unused = counted(shares[0]!);
  const named: [number, ByteSource][] = [];
  const from = new Map<number, ByteSource | ByteSource[]>([
    [0, [bufferSource(shares[0]!), unused]],
    [1, [bad, empty, good]],
    [5, bufferSource(shares[5]!)],
  ]);
  const got = await range({ onBadShare: (share, _, source) => named.push([share, source]) }, from);
  assertSame(got, data);
  assert.deepEqual(named, [
    [1, bad],
    [1, empty],
  ]);
  assert.deepEqual(unused.reads, [], 'one source of a share is enough');
  assert.ok(good.reads.length > 0);
});

test('each bad share is named once, even where its blocks were a last resort', async () => {
  const treeless = flipped(shares[0]!, layout.crypttextHashes);
  treeless[layout.data + 6 * shape.blockSize]! ^= 1;
  const from = sources(shares, [1, 2]).set(0, bufferSource(treeless));
  const named: number[] = [];
  await assert.rejects(range({ onBadShare: (share) => named.push(share) }, from), { code: 'lost' });
  assert.deepEqual(named, [0]);
});
