import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { type EncodeParams, type EncodeSecret, encodeFile, shareSizeFor } from '../../src/lib/codec/encode.js';
import { convergenceKey } from '../../src/lib/codec/keys.js';
import { shapeFor } from '../../src/lib/codec/shape.js';
import { BufferSink, bufferSource } from '../../src/lib/codec/source.js';
import { CounterStream } from '../../src/lib/seal/ctr.js';
import { equal } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { convergenceKeyOnWorker, encodeOnThreads, encodeOnWorkers, type Output } from '../../src/lib/workers/encode.js';
import type { Room } from '../../src/lib/workers/runs.js';
import { noise, SECRET } from '../codec/helpers.js';
import { openWith } from './helpers.js';

type Encoded = Awaited<ReturnType<typeof encodeFile>>;

/** How each share is written: not at all, plain, or sealed; each behind a gap of its own. */
type Ways = readonly ('none' | 'plain' | 'sealed')[];

const sealKey = (share: number) => new Uint8Array(32).fill(share);

async function expected(data: Uint8Array, params: EncodeParams, secret: EncodeSecret) {
  const sinks = Array.from({ length: params.total }, () => new BufferSink());
  const made = await encodeFile(bufferSource(data), params, secret, (share) => sinks[share]);
  return { made, shares: sinks.map((sink) => sink.bytes()) };
}

class Case {
  readonly file: { fd: number; size: number };
  readonly #out: number;
  readonly #stride: number;

  constructor(
    t: TestContext,
    readonly data: Uint8Array,
    readonly params: EncodeParams,
    readonly ways: Ways,
  ) {
    this.file = { fd: openWith(t, data), size: data.length };
    this.#out = openWith(t, new Uint8Array(0));
    this.#stride = shareSizeFor(params, data.length) + 13;
  }

  output(share: number): Output | undefined {
    const way = this.ways[share % this.ways.length]!;
    if (way === 'none') return undefined;
    const seal = way === 'sealed' ? sealKey(share) : undefined;
    return { fd: this.#out, start: share * this.#stride + 7, seal };
  }

  outputs(): (Output | undefined)[] {
    return Array.from({ length: this.params.total }, (_, share) => this.output(share));
  }

  /** Whether a share that is not sealed begins with a version, the first field of its header. */
  hasHeader(share: number): boolean {
    const version = new Uint8Array(4);
    readSync(this.#out, version, 0, 4, this.output(share)!.start);
    return version[3] === 1;
  }

  async check(made: Encoded, secret: EncodeSecret, what: string): Promise<void> {
    const right = await expected(this.data, this.params, secret);
    assert.deepEqual(made, right.made, what);
    const all = readFileSync(`/proc/self/fd/${this.#out}`);
    for (const [share, bytes] of right.shares.entries()) {
      const output = this.output(share);
      const at = share * this.#stride + 7;
      const wanted = output?.seal ? new CounterStream(output.seal).apply(0, bytes) : bytes;
      const got = all.subarray(at, at + bytes.length);
      if (output) assert.ok(equal(got, wanted), `share ${share}: ${what}`);
      else
        assert.ok(
          got.every((byte) => byte === 0),
          `share ${share} was written: ${what}`,
        );
    }
  }
}

async function same(one: Case, secret: EncodeSecret, room: Room): Promise<void> {
  const { params, data, file } = one;
  const what = `${params.needed} of ${params.total}, segments of ${params.segmentSize}, ${data.length} bytes, ${room.threads} threads`;
  const made = await encodeOnThreads(file.fd, shapeFor(params, data.length), secret, one.outputs(), room);
  await one.check(made, secret, `${what}, runs of ${room.runBytes}`);
}

const way = fc.constantFrom<Ways[number]>('none', 'plain', 'sealed');

test('property: the bytes that one thread makes, for any shape, on any threads, plain and sealed', async (t) => {
  const shapes = fc
    .tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 3000 }))
    .map(([a, b, segmentSize]) => ({ needed: Math.min(a, b), happy: 1, total: Math.max(a, b), segmentSize }));
  const secrets = fc.constantFrom<EncodeSecret>(
    { convergence: SECRET },
    { key: SECRET },
    { convergence: new Uint8Array(0) },
  );
  const rooms = fc.record({ threads: fc.integer({ min: 1, max: 4 }), runs: fc.integer({ min: 1, max: 15 }) });
  const ways = fc.array(way, { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      shapes,
      fc.integer({ min: 56, max: 8000 }),
      secrets,
      rooms,
      ways,
      async (params, size, secret, { threads, runs }, how) => {
        // A run's hashes take memory, too.
        const hashes = Math.ceil(size / params.segmentSize) * 32 * (params.total + 1);
        const runBytes = Math.ceil(Math.max(size, hashes) / runs);
        await same(new Case(t, noise(size), params, how), secret, { threads, runBytes });
      },
    ),
    { numRuns: 30 },
  );
});

test('edges: k = 1, N = k, 256 shares, tails, segments smaller than k', async (t) => {
  const cases: [needed: number, total: number, segmentSize: number, size: number][] = [
    [1, 1, 100, 1000],
    [1, 10, 100, 1001],
    [5, 5, 100, 999],
    [3, 256, 1024, 5000],
    [101, 256, 64, 1000],
    [256, 256, 1, 700],
    [3, 10, 1, 56],
    [3, 10, 300, 301],
    [3, 10, 300, 300],
    [3, 10, 5000, 300],
  ];
  for (const [needed, total, segmentSize, size] of cases) {
    const one = new Case(t, noise(size), { needed, happy: 1, total, segmentSize }, ['plain', 'sealed']);
    await same(one, { convergence: SECRET }, { threads: 3, runBytes: 700 });
  }
});

test('a file of many runs at the usual sizes is encoded while the event loop stands still', async (t) => {
  const params = { needed: 3, happy: 7, total: 10 };
  const one = new Case(t, new Uint8Array(randomBytes(9_000_001)), params, ['plain', 'sealed', 'plain']);
  const encoding = encodeOnWorkers(one.file, params, { convergence: SECRET }, (share) => one.output(share));
  await setImmediate();
  const deadline = performance.now() + 20_000;
  const pause = new Int32Array(new SharedArrayBuffer(4));
  // Headers come last, the last share's after all.
  while (!one.hasHeader(9)) {
    Atomics.wait(pause, 0, 0, 5);
    assert.ok(performance.now() < deadline, 'the threads wait for the event loop');
  }
  await one.check(await encoding, { convergence: SECRET }, 'nine megabytes');
});

test('small files and files in their cap need no threads', async (t) => {
  const params = { needed: 2, happy: 2, total: 3 };
  for (const size of [0, 55, 56, 70_000]) {
    const one = new Case(t, noise(size), params, ['plain', 'sealed', 'none']);
    const made = await encodeOnWorkers(one.file, params, { convergence: SECRET }, (share) => one.output(share));
    await one.check(made, { convergence: SECRET }, `${size} bytes`);
  }
});

test('segments too large to hand over are encoded on one thread', async (t) => {
  const size = (32 << 20) + 999;
  const params = { needed: 2, happy: 2, total: 2, segmentSize: size };
  const one = new Case(t, new Uint8Array(randomBytes(size)), params, ['none', 'sealed']);
  const made = await encodeOnWorkers(one.file, params, { key: SECRET }, (share) => one.output(share));
  await one.check(made, { key: SECRET }, 'a wide segment');
});

test('the convergence key alone', async (t) => {
  const data = noise(300_000);
  const params = { needed: 3, happy: 7, total: 10 };
  const key = await convergenceKeyOnWorker({ fd: openWith(t, data), size: data.length }, params, SECRET);
  assert.deepEqual(key, await convergenceKey(bufferSource(data), params, SECRET));
});

const failing =
  (code: string, message = /./) =>
  (error: unknown) =>
    isFailure(error) && error.code === code && message.test(error.message);

test('a file that changes between the passes is refused, one that shrinks too', async (t) => {
  const data = noise(60_000);
  const params = { needed: 1, happy: 1, total: 1, segmentSize: 1000 };
  for (const threads of [1, 2, 3]) {
    const fd = openWith(t, data);
    const room = { threads, runBytes: 1000 };
    const shape = shapeFor(params, data.length);
    // The first blocks are written over the file's own end, which the ring has no room for yet.
    const over = encodeOnThreads(fd, shape, { convergence: SECRET }, [{ fd, start: 50_000 }], room);
    await assert.rejects(over, failing('temporary', /changed/));
    const longer = shapeFor(params, data.length + 100_000);
    for (const secret of [{ convergence: SECRET }, { key: SECRET }]) {
      await assert.rejects(encodeOnThreads(fd, longer, secret, [undefined], room), failing('temporary', /shorter/));
    }
  }
});

test('a disk that is full stops all threads; a key of another length is refused', async (t) => {
  const data = noise(60_000);
  const params = { needed: 2, happy: 2, total: 4, segmentSize: 1000 };
  const shape = shapeFor(params, data.length);
  const fd = openWith(t, data);
  const full = openSync('/dev/full', 'r+');
  t.after(() => closeSync(full));
  const outputs = [undefined, undefined, undefined, { fd: full, start: 0 }];
  for (const threads of [1, 3]) {
    const encoding = encodeOnThreads(fd, shape, { key: SECRET }, outputs, { threads, runBytes: 1000 });
    await assert.rejects(encoding, failing('disk-full'));
  }
  await assert.rejects(
    encodeOnThreads(fd, shape, { key: new Uint8Array(15) }, [], { threads: 1 }),
    failing('usage', /16 bytes/),
  );
});
