import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { verifyCapOf } from '../../src/lib/codec/caps.js';
import { layoutFor } from '../../src/lib/codec/layout.js';
import { shapeFor } from '../../src/lib/codec/shape.js';
import { type ByteSource, bufferSource } from '../../src/lib/codec/source.js';
import { checkShares } from '../../src/lib/codec/verify.js';
import { concat } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { assertSame, decodeAll, encodeAll, flipped, noise, sources } from './helpers.js';

const way = { needed: 2, happy: 2, total: 3, segmentSize: 64 };
const data = noise(200);
const shape = shapeFor(way, data.length);
const layout = layoutFor(shape);
const { cap, shares } = await encodeAll(data, way);

/** What a download does without: sizes it knows already, and where plaintext hashes once stood. */
function unusedByDownloads(at: number): boolean {
  const sizesAndPlaintextOffset = (at >= 4 && at < 12) || (at >= 16 && at < 20);
  return sizesAndPlaintextOffset || (at >= layout.plaintextHashes && at < layout.crypttextHashes);
}

test('every changed byte of a share is named by a check, with the read cap or the verify cap', async () => {
  for (const share of [0, 2]) {
    for (let at = 0; at < shares[share]!.length; at++) {
      for (const mask of at < 4 ? [0x01, 0x03, 0x80] : [at % 2 === 0 ? 0x01 : 0x80]) {
        const changed = flipped(shares[share]!, at, mask);
        const from = sources(shares).set(share, bufferSource(changed));
        const verdicts = await checkShares(at % 2 === 0 ? cap : verifyCapOf(cap), from);
        assert.deepEqual(
          verdicts.map(({ good }) => good),
          [0, 1, 2].map((number) => number !== share),
          `byte ${at}`,
        );
        assert.match(verdicts[share]!.reason!, /^[a-z].*[^.]$/);
      }
    }
  }
});

test('a changed byte is never decoded: the share is named and replaced', async () => {
  const length = shares[0]!.length;
  for (let at = 0; at < length; at++) {
    const from = sources(shares).set(0, bufferSource(flipped(shares[0]!, at)));
    const { data: got, bad, emitted } = await decodeAll(cap, from);
    assertSame(got, data, `byte ${at}`);
    assert.equal(emitted, shape.segments, 'each segment once');
    assert.deepEqual(
      bad.map(([share]) => share),
      unusedByDownloads(at) ? [] : [0],
      `byte ${at}`,
    );
  }
});

test('one changed byte anywhere, in files of any shape: named, and done without', async () => {
  const shapes = [
    { needed: 1, happy: 1, total: 2, segmentSize: 1 },
    { needed: 3, happy: 1, total: 10, segmentSize: 300 },
    { needed: 7, happy: 1, total: 20, segmentSize: 7 },
    { needed: 20, happy: 1, total: 256, segmentSize: 1 << 20 },
  ];
  const files = await Promise.all(
    shapes.map(async (given, at) => {
      const content = noise(700, `${at}`);
      return { ...given, content, ...(await encodeAll(content, given)) };
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...files), fc.nat(), fc.nat(), fc.nat(254), async (file, pick, byte, mask) => {
      const share = pick % file.total;
      const bytes = file.shares[share]!;
      const changed = bufferSource(flipped(bytes, byte % bytes.length, mask + 1));
      const [verdict] = await checkShares(file.cap, new Map([[share, changed]]));
      assert.equal(verdict!.good, false, `byte ${byte % bytes.length} of share ${share}`);

      const from: Map<number, ByteSource> = sources(file.shares).set(share, changed);
      const { data: got, bad } = await decodeAll(file.cap, from);
      assertSame(got, file.content);
      assert.ok(bad.every(([named]) => named === share));
    }),
    { numRuns: 60 },
  );
});

test('shares that lie: blocks swapped, hashes of another share, another file’s under this name', async () => {
  const other = (await encodeAll(noise(200, 'other'), way)).shares;
  const spliced = (from: Uint8Array, start: number, end: number) => {
    const out = shares[0]!.slice();
    out.set(from.subarray(start, end), start);
    return out;
  };
  const swapped = shares[0]!.slice();
  swapped.copyWithin(layout.data, layout.data + shape.blockSize, layout.data + 2 * shape.blockSize);
  swapped.set(shares[0]!.subarray(layout.data, layout.data + shape.blockSize), layout.data + shape.blockSize);
  const table: [string, Uint8Array][] = [
    ['blocks swapped', swapped],
    ['another share’s blocks', spliced(shares[1]!, layout.data, layout.plaintextHashes)],
    ['another share’s block hashes', spliced(shares[1]!, layout.blockHashes, layout.shareHashes)],
    ['another share’s chain', spliced(shares[2]!, layout.shareHashes, layout.ueb)],
    ['another share’s blocks and hashes', spliced(shares[1]!, layout.data, layout.shareHashes)],
    ['another share', shares[2]!],
    ['another file’s blocks', spliced(other[0]!, layout.data, layout.plaintextHashes)],
    ['another file’s UEB', spliced(other[0]!, layout.ueb, shares[0]!.length)],
    ['another file’s share', other[0]!],
  ];
  for (const [what, lie] of table) {
    const from = sources(shares).set(0, bufferSource(lie));
    assert.deepEqual(
      (await checkShares(cap, from)).map(({ good }) => good),
      [false, true, true],
      what,
    );
    const { data: got, bad } = await decodeAll(cap, from);
    assertSame(got, data, what);
    assert.deepEqual(
      bad.map(([share]) => share),
      [0],
      what,
    );
  }
});

test('with k shares left, one of them changed, the file is right or lost', async () => {
  let lost = 0;
  for (let at = 0; at < shares[1]!.length; at++) {
    const from = sources(shares, [2]).set(1, bufferSource(flipped(shares[1]!, at, 0x40)));
    try {
      assertSame((await decodeAll(cap, from)).data, data, `byte ${at}`);
      const treeOnly = (at >= 20 && at < 24) || (at >= layout.crypttextHashes && at < layout.blockHashes);
      assert.ok(treeOnly || unusedByDownloads(at), `byte ${at} was let through`);
    } catch (error) {
      assert.ok(isFailure(error) && error.code === 'lost', `byte ${at}: ${error}`);
      lost++;
    }
  }
  assert.ok(lost > shares[1]!.length / 3);
});

test('shares cut short, padded, empty, unreadable, misnumbered or of another file are named', async () => {
  const other = await encodeAll(noise(200, 'other'), way);
  const unreadable = { size: shares[0]!.length, read: async () => Promise.reject(new Error('input/output error')) };
  const lying = { size: 2 ** 40, read: async () => new Uint8Array(7) };
  const table: [string, ReturnType<typeof bufferSource>, RegExp][] = [
    ['another file', bufferSource(other.shares[0]!), /URI extension block does not match/],
    ['another number', bufferSource(shares[1]!), /block hashes do not match/],
    ['empty', bufferSource(new Uint8Array()), /cut short/],
    ['unreadable', unreadable, /cannot be read: input\/output error/],
    ['a source that gives too little', lying, /cut short/],
    ['padded', bufferSource(concat(shares[0]!, Uint8Array.of(0))), /bytes follow its end/],
    ...[1, 4, 36, 100, 500, shares[0]!.length - 1].map((length): [string, ReturnType<typeof bufferSource>, RegExp] => [
      `${length} bytes of it`,
      bufferSource(shares[0]!.subarray(0, length)),
      /cut short/,
    ]),
  ];
  for (const [what, source, reason] of table) {
    const from = sources(shares).set(0, source);
    const [verdict] = await checkShares(cap, from);
    assert.equal(verdict!.good, false, what);
    assert.match(verdict!.reason!, reason, what);
    const { data: got, bad } = await decodeAll(cap, from);
    assertSame(got, data, what);
    assert.deepEqual(
      bad.map(([share]) => share),
      what === 'padded' ? [] : [0],
      what,
    );
  }
  const [, verdict] = await checkShares(cap, new Map([...sources(shares, [0]), [3, bufferSource(shares[0]!)]]));
  assert.match(verdict!.reason!, /only 3 shares/);
});

test('a share that fails half-way is replaced without handing plaintext on twice', async () => {
  const dying = (share: number, reads: number) => {
    const whole = bufferSource(shares[share]!);
    let left = reads;
    return {
      size: whole.size,
      read: (at: number, length: number) =>
        left-- > 0 ? whole.read(at, length) : Promise.reject(new Error('connection reset')),
    };
  };
  for (let reads = 0; reads < 12; reads++) {
    const from = sources(shares).set(1, dying(1, reads));
    const { data: got, emitted, bad } = await decodeAll(cap, from);
    assertSame(got, data, `${reads} reads`);
    assert.equal(emitted, shape.segments);
    assert.ok(bad.length <= 1);
  }
  const both = sources(shares).set(1, dying(1, 7)).set(0, dying(0, 7));
  await assert.rejects(decodeAll(cap, both), { code: 'lost', message: /good shares, and 2 are needed/ });
});

test('crypttext hashes may come from any share', async () => {
  const broken = (share: number) => bufferSource(flipped(shares[share]!, layout.crypttextHashes + 5));
  const { data: got, bad } = await decodeAll(
    cap,
    new Map([
      [0, broken(0)],
      [1, bufferSource(shares[1]!)],
    ]),
  );
  assertSame(got, data);
  assert.deepEqual(bad, [[0, 'its crypttext hashes do not match the cap']]);
  const none = new Map([0, 1, 2].map((share) => [share, broken(share)]));
  await assert.rejects(decodeAll(cap, none), { code: 'lost', message: /no share holds/ });
});

test('too few shares, or none', async () => {
  await assert.rejects(decodeAll(cap, new Map()), { code: 'lost' });
  await assert.rejects(decodeAll(cap, sources(shares, [1])), { code: 'lost' });
  assert.deepEqual(await checkShares(cap, new Map()), []);
});

test('a cap that is not the file’s names every share', async () => {
  const caps = [
    { ...cap, uebHash: noise(32) },
    { ...cap, size: cap.size + 1 },
    { ...cap, size: 2 ** 52 },
    { ...cap, needed: 1 },
    { ...cap, total: 5 },
  ];
  for (const wrong of caps) {
    const verdicts = await checkShares(wrong, sources(shares));
    assert.ok(
      verdicts.every(({ good }) => !good),
      JSON.stringify(wrong),
    );
    await assert.rejects(decodeAll(wrong, sources(shares)), { code: 'lost' });
  }
  const literal = { kind: 'lit', data: noise(5) } as const;
  assert.ok((await checkShares(literal, sources(shares))).every(({ good }) => !good));
});

test('another key reads nothing of the file', async () => {
  const { data: got } = await decodeAll({ ...cap, key: noise(16) }, sources(shares));
  assert.equal(got.length, data.length);
  assert.notDeepEqual(got, data);
});
