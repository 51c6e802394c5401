import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { encryptor } from '../../src/lib/codec/cipher.js';
import { Ciphertext } from '../../src/lib/codec/ciphertext.js';
import { decodeFile } from '../../src/lib/codec/decode.js';
import { encodeFile } from '../../src/lib/codec/encode.js';
import { ShareEncoder } from '../../src/lib/codec/encoder.js';
import { type Holding, holdingFor, isWide } from '../../src/lib/codec/holding.js';
import { layoutFor } from '../../src/lib/codec/layout.js';
import { rebuildShares } from '../../src/lib/codec/rebuild.js';
import { type Shape, segmentLength, shapeFor } from '../../src/lib/codec/shape.js';
import { BufferSink, type ByteSource, bufferSource } from '../../src/lib/codec/source.js';
import { packUeb } from '../../src/lib/codec/ueb.js';
import { checkShares } from '../../src/lib/codec/verify.js';
import { assertSame, encodeAll, flipped, noise, SECRET, sources } from './helpers.js';

/** So little is held that a few hundred bytes are too much. */
const NARROW: Holding = { segment: 20, strip: 7 };

async function encodeWide(ciphertext: Uint8Array, shape: Shape, holding: Holding): Promise<Uint8Array[]> {
  const sinks = Array.from({ length: shape.total }, () => new BufferSink());
  const encoder = new ShareEncoder(shape, (share) => sinks[share], holding);
  for (let start = 0; start < ciphertext.length; start += shape.segmentSize) {
    await encoder.segment(async (at, length) => ciphertext.slice(start + at, start + at + length));
  }
  await encoder.close(packUeb(shape, await encoder.seal()));
  return sinks.map((sink) => sink.bytes());
}

async function gathered(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  for await (const part of parts) held.push(part.slice());
  return new Uint8Array(Buffer.concat(held));
}

const cut = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 0, max: 4 })).chain(([needed, more]) =>
  fc.record({
    needed: fc.constant(needed),
    happy: fc.constant(1),
    total: fc.constant(needed + more),
    segmentSize: fc.integer({ min: 1, max: 300 }),
    size: fc.integer({ min: 56, max: 400 }),
  }),
);

test('strip by strip, the same shares and the same ciphertext', async () => {
  await fc.assert(
    fc.asyncProperty(cut, fc.nat(), fc.nat(), fc.nat(), async ({ size, ...way }, rotate, a, b) => {
      const data = noise(size, `${size}`);
      const shape = shapeFor(way, size);
      const { cap, shares } = await encodeAll(data, way);
      const ciphertext = encryptor(cap.key)(data);
      const made = await encodeWide(ciphertext, shape, NARROW);
      for (const [share, bytes] of made.entries()) assertSame(bytes, shares[share]!, `share ${share}`);

      const numbers = shares.map((_, share) => (share + rotate) % way.total).slice(0, way.needed);
      const reader = await Ciphertext.open(cap, sources(shares, numbers), undefined, NARROW);
      const index = a % shape.segments;
      const length = segmentLength(shape, index);
      const [from, to] = [a % length, b % (length + 1)].sort((x, y) => x - y) as [number, number];
      const start = index * shape.segmentSize;
      assertSame(await gathered(reader.read(index, from, to)), ciphertext.subarray(start + from, start + to));
      assertSame(await gathered(reader.read(index, 0, length)), ciphertext.subarray(start, start + length));
    }),
    { numRuns: 60 },
  );
});

const way = { needed: 3, happy: 1, total: 5, segmentSize: 150 };
const data = noise(400);
const shape = shapeFor(way, 400);
const layout = layoutFor(shape);
const { cap, shares } = await encodeAll(data, way);
const ciphertext = encryptor(cap.key)(data);

async function readAll(
  from: ReadonlyMap<number, ByteSource>,
  take: (part: Uint8Array) => void = () => {},
): Promise<[number, string][]> {
  const named: [number, string][] = [];
  const reader = await Ciphertext.open(cap, from, (share, reason) => named.push([share, reason]), NARROW);
  for (let index = 0; index < shape.segments; index++) {
    for await (const part of reader.read(index, 0, segmentLength(shape, index))) take(part.slice());
  }
  return named;
}

test('a corrupt block too large to hold is named before any of it is handed on', async () => {
  for (let at = layout.data; at < layout.plaintextHashes; at += 5) {
    const parts: Uint8Array[] = [];
    const named = await readAll(sources(shares).set(1, bufferSource(flipped(shares[1]!, at))), (part) =>
      parts.push(part),
    );
    assertSame(new Uint8Array(Buffer.concat(parts)), ciphertext, `byte ${at}`);
    assert.deepEqual(
      named.map(([share]) => share),
      [1],
    );
  }
});

/** A share whose blocks change, or cannot be read, after so many reads. */
function turning(share: number, reads: number, after: 'changed' | 'gone'): ByteSource {
  const whole = bufferSource(shares[share]!);
  let left = reads;
  return {
    size: whole.size,
    async read(at, length) {
      const bytes = await whole.read(at, length);
      if (left-- > 0 || at < layout.data || at >= layout.plaintextHashes) return bytes;
      if (after === 'gone') throw new Error('connection reset');
      return flipped(bytes, 0);
    },
  };
}

test('a share that turns bad while its strips are read again is replaced', async () => {
  let replaced = 0;
  for (let reads = 0; reads < 60; reads += 3) {
    for (const after of ['changed', 'gone'] as const) {
      const parts: Uint8Array[] = [];
      const named = await readAll(sources(shares).set(2, turning(2, reads, after)), (part) => parts.push(part));
      assertSame(new Uint8Array(Buffer.concat(parts)), ciphertext, `${after} after ${reads} reads`);
      replaced += named.length;
      assert.ok(named.every(([share]) => share === 2));
    }
  }
  assert.ok(replaced > 20);
  const few = sources(shares, [0, 4]).set(2, turning(2, 20, 'changed'));
  const parts: Uint8Array[] = [];
  await assert.rejects(
    readAll(few, (part) => parts.push(part)),
    { code: 'lost' },
  );
  const got = new Uint8Array(Buffer.concat(parts));
  assertSame(got, ciphertext.subarray(0, got.length));
});

test('ciphertext that changes between the passes is not encoded', async () => {
  const encoder = new ShareEncoder(shape, () => undefined, NARROW);
  let reads = 0;
  const read = async (at: number, length: number) => {
    const bytes = ciphertext.slice(at, at + length);
    return reads++ === 25 ? flipped(bytes, 0) : bytes;
  };
  await assert.rejects(encoder.segment(read), { code: 'temporary' });
});

interface Watched extends ByteSource {
  largest: number;
}

function watched(source: ByteSource): Watched {
  return {
    size: source.size,
    largest: 0,
    read(at, length) {
      this.largest = Math.max(this.largest, length);
      return source.read(at, length);
    },
  };
}

test('a file of one segment that is too large: no read and no write is large', async () => {
  const size = 36_000_001;
  const params = { needed: 2, happy: 1, total: 3, segmentSize: size };
  const big = shapeFor(params, size);
  assert.ok(isWide(big, 0) && big.segments === 1);
  assert.ok(!isWide(shapeFor({ ...params, segmentSize: 1 << 25 }, size), 0));
  const content = new Uint8Array(createCipheriv('aes-128-ctr', noise(16), noise(16)).update(new Uint8Array(size)));
  const file = watched(bufferSource(content));
  const room = Math.ceil(size / 2) + 2000;
  const made = Array.from({ length: 3 }, () => ({ bytes: new Uint8Array(room), end: 0, largest: 0 }));
  const sinkFor = (share: number) => ({
    write: async (offset: number, bytes: Uint8Array) => {
      const into = made[share]!;
      into.bytes.set(bytes, offset);
      into.end = Math.max(into.end, offset + bytes.length);
      into.largest = Math.max(into.largest, bytes.length);
    },
  });
  const encoded = await encodeFile(file, params, { convergence: SECRET }, sinkFor);
  assert.ok(file.largest <= 1 << 20 && made.every(({ largest }) => largest <= 1 << 20));
  assert.ok(encoded.cap.kind === 'chk');

  const bytes = made.map(({ bytes: all, end }) => all.subarray(0, end));
  const from = () => new Map(bytes.map((share, at) => [at, watched(bufferSource(share))]));
  const checked = from();
  for (const { good, reason } of await checkShares(encoded.cap, checked)) assert.ok(good, reason ?? '');
  const worn = from();
  worn.set(0, watched(bufferSource(flipped(bytes[0]!, 10_000_000))));
  let at = 0;
  const bad: number[] = [];
  await decodeFile(
    encoded.cap,
    worn,
    (part) => {
      assertSame(part, content.subarray(at, at + part.length), `from ${at}`);
      at += part.length;
    },
    { onBadShare: (share) => bad.push(share) },
  );
  assert.equal(at, size);
  assert.deepEqual(bad, [0]);

  const rebuilt = new Uint8Array(bytes[0]!.length);
  await rebuildShares(encoded.cap, from(), [0], () => ({
    write: async (offset, part) => rebuilt.set(part, offset),
  }));
  assertSame(rebuilt, bytes[0]!);
  for (const source of [...checked.values(), ...worn.values()]) assert.ok(source.largest <= 1 << 20);
  assert.equal(holdingFor({ total: 256 }).strip, 65_536);
});
