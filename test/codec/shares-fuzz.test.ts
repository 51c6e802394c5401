import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ChkCap } from '../../src/lib/codec/caps.js';
import { decryptor } from '../../src/lib/codec/cipher.js';
import { Ciphertext } from '../../src/lib/codec/ciphertext.js';
import type { Shares } from '../../src/lib/codec/gather.js';
import { hashUeb } from '../../src/lib/codec/hashutil.js';
import { layoutFor, packHeader, packUebField } from '../../src/lib/codec/layout.js';
import { rebuildShares } from '../../src/lib/codec/rebuild.js';
import { segmentLength, shapeFor } from '../../src/lib/codec/shape.js';
import { BufferSink, type ByteSource, bufferSource } from '../../src/lib/codec/source.js';
import { readUeb, unpackUeb } from '../../src/lib/codec/ueb.js';
import { checkShares } from '../../src/lib/codec/verify.js';
import { concat, equal, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { FUZZ_RUNS, mutations } from './fuzzing.js';
import { assertSame, decodeAll, type Encoded, encodeAll, noise } from './helpers.js';

interface File extends Encoded {
  data: Uint8Array;
  segmentSize: number;
}

async function file(needed: number, total: number, size: number, segmentSize: number): Promise<File> {
  const data = noise(size, `${size}`);
  return { data, segmentSize, ...(await encodeAll(data, { needed, happy: 1, total, segmentSize })) };
}

const files = await Promise.all([file(1, 2, 70, 16), file(3, 5, 1000, 99), file(2, 3, 1100, 2), file(4, 4, 57, 1000)]);

/** As `bufferSource`, and as strict as a disk: nobody asks for what is not there. */
function strict(bytes: Uint8Array): ByteSource {
  const source = bufferSource(bytes);
  return {
    size: bytes.length,
    read: (offset, length) => {
      assert.ok(Number.isSafeInteger(offset) && Number.isSafeInteger(length), `${length} bytes from ${offset}`);
      assert.ok(offset >= 0 && length >= 0 && offset + length <= bytes.length, `${length} bytes from ${offset}`);
      return source.read(offset, length);
    },
  };
}

/** The file, or undefined where it is lost; nothing else may come of bad shares. */
async function attempt<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    assert.ok(isFailure(error), `${(error as Error).stack}`);
    assert.equal(error.code, 'lost');
    return undefined;
  }
}

/** With so little held that most segments are gone over strip by strip. */
async function ciphertextOf(cap: ChkCap, from: Shares): Promise<Uint8Array> {
  const ciphertext = await Ciphertext.open(cap, from, undefined, { segment: 50, strip: 11 });
  const parts: Uint8Array[] = [];
  for (let index = 0; index < ciphertext.shape.segments; index++) {
    const length = segmentLength(ciphertext.shape, index);
    for await (const part of ciphertext.read(index, 0, length)) parts.push(part.slice());
  }
  return concat(...parts);
}

const mangled = fc.constantFrom(...files).chain((from) =>
  fc.record({
    file: fc.constant(from),
    /** One a share: as it was, mutated, another's, or random. */
    fates: fc.array(
      fc.oneof(
        fc.constant((bytes: Uint8Array) => bytes),
        mutations,
        fc.nat(from.cap.total - 1).map((share) => () => from.shares[share]!),
        fc.uint8Array({ maxLength: 500 }).map((bytes) => () => bytes),
      ),
      { minLength: from.cap.total, maxLength: from.cap.total },
    ),
  }),
);

test('mangled shares: told from good ones, and never decoded to anything else', async () => {
  await fc.assert(
    fc.asyncProperty(mangled, async ({ file: { cap, shares, data }, fates }) => {
      const made = shares.map((share, at) => fates[at]!(share));
      const from = new Map(made.map((bytes, share) => [share, strict(bytes)]));
      const verdicts = await checkShares(cap, from);
      for (const { share, good } of verdicts) assert.equal(good, equal(made[share]!, shares[share]!), `share ${share}`);

      const got = await attempt(decodeAll(cap, from));
      const good = verdicts.filter((verdict) => verdict.good).length;
      if (got) assertSame(got.data, data);
      else assert.ok(good < cap.needed, 'k good shares were not enough');

      const narrow = await attempt(ciphertextOf(cap, from));
      assert.equal(narrow === undefined, got === undefined, 'strip by strip as in whole segments');
      if (narrow) assertSame(decryptor(cap.key)(narrow), data);

      const sink = new BufferSink();
      const rebuilt = await attempt(rebuildShares(cap, from, [0], () => sink).then(() => true));
      if (rebuilt) assertSame(sink.bytes(), shares[0]!);
    }),
    { numRuns: FUZZ_RUNS },
  );
});

/** Values an uploader in bad faith may write. */
const number = fc.oneof(
  fc.constantFrom('0', '1', '2', '3', '1048576', '4294967296', '9007199254740991', '18446744073709551616', '-1', 'x'),
  fc.nat().map(String),
);
const ueb = fc.record(
  {
    segment_size: number,
    num_segments: number,
    size: number,
    needed_shares: number,
    total_shares: number,
    codec_name: fc.constantFrom('crs', 'none', ''),
    crypttext_root_hash: fc.uint8Array({ minLength: 31, maxLength: 33 }),
    share_root_hash: fc.uint8Array({ minLength: 31, maxLength: 33 }),
    plaintext_root_hash: fc.uint8Array({ maxLength: 33 }),
  },
  { requiredKeys: [] },
);

function packed(fields: Map<string, Uint8Array>): Uint8Array {
  const parts = [...fields].flatMap(([key, value]) => [utf8(`${key}:${value.length}:`), value, utf8(',')]);
  return concat(...parts);
}

interface Forgery {
  file: File;
  /** Keys left out: what is not said cannot contradict the cap. */
  unsaid: string[];
  lie: object;
  other: Partial<ChkCap>;
  version: 1 | 2;
}

/** Shares whose UEB is a lie that their cap vouches for. */
function forged({ file: { cap, shares, data, segmentSize }, unsaid, lie, other, version }: Forgery): Encoded {
  const shape = shapeFor({ needed: cap.needed, happy: 1, total: cap.total, segmentSize }, data.length);
  const { data: start, ueb: end } = layoutFor(shape);
  const fields = unpackUeb(shares[0]!.subarray(end + 4))!;
  for (const key of unsaid) fields.delete(key);
  for (const [key, value] of Object.entries(lie)) fields.set(key, typeof value === 'string' ? utf8(value) : value);
  const block = packed(fields);
  const layout = layoutFor(shape, version);
  const made = shares.map((share) =>
    concat(packHeader(layout), share.subarray(start, end), packUebField(layout, block)),
  );
  return { cap: { ...cap, ...other, uebHash: hashUeb(block) }, shares: made };
}

const size = fc.oneof(fc.integer({ min: 1, max: 3000 }), fc.constantFrom(2 ** 32, 2 ** 40, 2 ** 53 - 1));
const shareCount = fc.integer({ min: 1, max: 256 });

test('uploads in bad faith: a cap that vouches for nonsense ends in one clear line', async () => {
  const lies = fc.record({
    file: fc.constantFrom(...files),
    unsaid: fc.subarray(['size', 'num_segments', 'codec_name']),
    lie: ueb,
    other: fc.record({ size, needed: fc.integer({ min: 1, max: 4 }), total: shareCount }, { requiredKeys: [] }),
    version: fc.constantFrom(1 as const, 2 as const),
    mutate: fc.option(mutations),
  });
  await fc.assert(
    fc.asyncProperty(lies, async ({ mutate, ...forgery }) => {
      const { cap, shares } = forged(forgery);
      if (cap.needed > cap.total) return;
      const sources = new Map(shares.map((share, at) => [at, strict(at === 0 && mutate ? mutate(share) : share)]));
      const verdicts = await checkShares(cap, sources);
      for (const { good, reason } of verdicts) assert.ok(good || /^[a-z].*[^.]$/.test(reason!), reason!);
      await attempt(decodeAll(cap, sources));
    }),
    { numRuns: FUZZ_RUNS },
  );
});

test('random UEBs are read or refused', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.string({ maxLength: 300 }).map(utf8),
    ueb.map((fields) =>
      packed(
        new Map(Object.entries(fields).map(([key, value]) => [key, typeof value === 'string' ? utf8(value) : value])),
      ),
    ),
  );
  fc.assert(
    fc.property(bytes, size, fc.integer({ min: 1, max: 5 }), (block, length, needed) => {
      const read = readUeb(block, { needed, total: 5, size: length });
      if (typeof read === 'string') return;
      const { shape } = read;
      assert.ok(shape.segments >= 1 && shape.segmentSize % needed === 0);
      assert.ok((shape.segments - 1) * shape.segmentSize < length);
    }),
    { numRuns: 5 * FUZZ_RUNS },
  );
});
