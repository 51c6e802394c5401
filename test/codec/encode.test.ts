import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type EncodeParams, encodeFile, shareSizeFor } from '../../src/lib/codec/encode.js';
import { bufferSource } from '../../src/lib/codec/source.js';
import { checkShares } from '../../src/lib/codec/verify.js';
import { assertSame, decodeAll, encodeAll, noise, SECRET, sources } from './helpers.js';

function params(needed: number, total: number, segmentSize?: number): EncodeParams {
  return { needed, happy: 1, total, segmentSize };
}

/** Encodes, checks every share and decodes from the first k, the last k and every other. */
async function roundTrip(size: number, { needed, total, segmentSize }: EncodeParams): Promise<void> {
  const what = `${needed} of ${total}, segments of ${segmentSize}, ${size} bytes`;
  const data = noise(size, what);
  const given = params(needed, total, segmentSize);
  const { cap, shares } = await encodeAll(data, given);
  for (const share of shares) assert.equal(share.length, shareSizeFor(given, size), what);
  for (const verdict of await checkShares(cap, sources(shares))) assert.ok(verdict.good, `${what}: ${verdict.reason}`);
  const all = shares.map((_, share) => share);
  const even = [...all.filter((share) => share % 2 === 0), ...all.filter((share) => share % 2 === 1)];
  for (const order of [all, [...all].reverse(), even]) {
    const { data: got, bad } = await decodeAll(cap, sources(shares, order.slice(0, needed)));
    assertSame(got, data, what);
    assert.deepEqual(bad, []);
  }
}

test('encode, lose any n − k, decode', async () => {
  const way = fc
    .integer({ min: 1, max: 9 })
    .chain((needed) => fc.tuple(fc.constant(needed), fc.integer({ min: needed, max: 14 })));
  const lengths = fc.tuple(fc.integer({ min: 56, max: 700 }), fc.integer({ min: 1, max: 900 }));
  await fc.assert(
    fc.asyncProperty(way, lengths, fc.infiniteStream(fc.nat()), async ([needed, total], [size, segment], random) => {
      const data = noise(size, `${size}`);
      const { cap, shares } = await encodeAll(data, params(needed, total, segment));
      const left = shares.map((_, share) => share);
      while (left.length > needed) left.splice(random.next().value! % left.length, 1);
      assertSame((await decodeAll(cap, sources(shares, left))).data, data);
    }),
    { numRuns: 60 },
  );
});

test('any k and N, sizes and segments around their edges', async () => {
  const near = (...around: number[]) =>
    fc.constantFrom(...around.flatMap((edge) => [edge - 1, edge, edge + 1]).filter((value) => value >= 1));
  const way = fc
    .tuple(fc.integer({ min: 1, max: 256 }), fc.integer({ min: 1, max: 256 }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
  const cut = way.chain(([needed, total]) =>
    fc.record({
      needed: fc.constant(needed),
      total: fc.constant(total),
      segmentSize: near(1, needed, 2 * needed, 64, 1 << 20),
      size: near(57, needed + 56, 64, 128, 4 * needed + 56).filter((size) => size > 55),
    }),
  );
  await fc.assert(
    fc.asyncProperty(cut, fc.infiniteStream(fc.nat()), async ({ size, ...given }, random) => {
      const data = noise(size, `${size}`);
      const { cap, shares } = await encodeAll(data, { happy: 1, ...given });
      const left = shares.map((_, share) => share);
      while (left.length > given.needed) left.splice(random.next().value! % left.length, 1);
      assertSame((await decodeAll(cap, sources(shares, left))).data, data);
      const [verdict] = await checkShares(cap, sources(shares, [left[0]!]));
      assert.ok(verdict!.good, verdict!.reason ?? '');
    }),
    { numRuns: 25 },
  );
});

test('sizes around a literal, a segment and k', async () => {
  for (const [needed, total] of [
    [1, 2],
    [3, 10],
    [4, 5],
    [7, 9],
  ] as const) {
    for (const size of [56, 57, 63, 64, 65, 66, 127, 128, 129]) await roundTrip(size, params(needed, total, 64));
    await roundTrip(200, params(needed, total, needed - 1 || 1));
    await roundTrip(200, params(needed, total, needed));
    await roundTrip(200, params(needed, total, needed + 1));
  }
  await roundTrip(56, params(60, 70, 1_048_576));
});

test('the edges of k and N', async () => {
  for (const [needed, total] of [
    [1, 1],
    [1, 256],
    [2, 256],
    [128, 256],
    [255, 256],
    [256, 256],
  ] as const) {
    await roundTrip(56, params(needed, total));
    await roundTrip(1000, params(needed, total, 300));
  }
});

test('a file of 55 bytes is a literal, one of 56 is not', async () => {
  const none = () => undefined;
  for (const size of [0, 1, 55]) {
    const made = await encodeFile(bufferSource(noise(size)), params(3, 10), { convergence: SECRET }, none);
    assert.equal(made.cap.kind, 'lit');
    assert.equal(made.shares, 0);
    assert.equal(shareSizeFor(params(3, 10), size), 0);
    assertSame((await decodeAll(made.cap, new Map())).data, noise(size));
  }
  const made = await encodeFile(bufferSource(noise(56)), params(3, 10), { convergence: SECRET }, none);
  assert.equal(made.cap.kind, 'chk');
  assert.equal(made.shares, 10);
});

test('equal files converge; another secret or parameter parts them', async () => {
  const cap = async (secret: Uint8Array, needed: number, segmentSize?: number) => {
    const source = bufferSource(noise(5000));
    return (await encodeFile(source, params(needed, 10, segmentSize), { convergence: secret }, () => undefined))
      .capText;
  };
  const first = await cap(SECRET, 3);
  assert.equal(await cap(SECRET, 3, 2 ** 40), first, 'only the effective segment size counts');
  assert.notEqual(await cap(SECRET, 2), first);
  assert.notEqual(await cap(SECRET, 3, 1000), first);
  assert.notEqual(await cap(new Uint8Array(), 3), first);
});

test('a file that changes between the passes is refused', async () => {
  const before = noise(3000, 'before');
  const after = noise(3000, 'after');
  let reads = 0;
  const source = {
    size: 3000,
    read: async (at: number, length: number) => (reads++ === 0 ? before : after).subarray(at, at + length),
  };
  await assert.rejects(
    encodeFile(source, params(3, 10), { convergence: SECRET }, () => undefined),
    { code: 'temporary' },
  );
});

test('a source that fails, or gives too little, ends it', async () => {
  const failing = { size: 3000, read: async () => Promise.reject(new Error('input/output error')) };
  await assert.rejects(
    encodeFile(failing, params(3, 10), { convergence: SECRET }, () => undefined),
    /input\/output/,
  );
  const short = { size: 3000, read: async () => new Uint8Array(1) };
  await assert.rejects(
    encodeFile(short, params(3, 10), { key: noise(16) }, () => undefined),
    /number of bytes/,
  );
});

test('a sink that fails ends it', async () => {
  const sink = { write: async () => Promise.reject(new Error('no space left')) };
  await assert.rejects(
    encodeFile(bufferSource(noise(99)), params(1, 2), { key: noise(16) }, () => sink),
    /no space/,
  );
});

test('impossible parameters are refused', async () => {
  const table: EncodeParams[] = [
    params(0, 1),
    params(2, 1),
    params(1, 257),
    params(1.5, 3),
    params(Number.NaN, 3),
    params(1, 3, 0),
    params(1, 3, -1),
    params(1, 3, 1.5),
    { needed: 1, happy: 0, total: 3 },
    { needed: 1, happy: 4, total: 3 },
  ];
  for (const given of table) {
    for (const size of [10, 100]) {
      const made = encodeFile(bufferSource(noise(size)), given, { convergence: SECRET }, () => undefined);
      await assert.rejects(made, { name: 'Failure', code: 'usage' }, JSON.stringify(given));
      assert.throws(() => shareSizeFor(given, size), { code: 'usage' });
    }
  }
  const made = encodeFile(bufferSource(noise(100)), params(1, 1), { key: noise(15) }, () => undefined);
  await assert.rejects(made, { code: 'usage' });
});

test('the event loop breathes while a file in memory is encoded and decoded', async () => {
  let turns = 0;
  let running = true;
  const spin = () => {
    turns++;
    if (running) setImmediate(spin);
  };
  const data = noise(3_000_000);
  setImmediate(spin);
  const { cap, shares } = await encodeAll(data, params(2, 3, 65_536));
  assert.ok(turns >= 3, `${turns} turns while encoding`);
  turns = 0;
  assertSame((await decodeAll(cap, sources(shares, [0, 2]))).data, data);
  assert.ok(turns >= 2, `${turns} turns while decoding`);
  running = false;
});
