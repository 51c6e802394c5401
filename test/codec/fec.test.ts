import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FecDecoder, FecEncoder } from '../../src/lib/codec/fec.js';
import { inverse, multiply, power } from '../../src/lib/codec/gf256.js';
import { SimdKernel } from '../../src/lib/codec/kernel-simd.js';
import { TableKernel } from '../../src/lib/codec/kernel-tables.js';
import { encodingMatrix, invert, type Matrix } from '../../src/lib/codec/matrix.js';
import { simdSupported } from '../../src/lib/codec/simd.js';
import { noise } from './helpers.js';

const KERNELS = [TableKernel, ...(simdSupported() ? [SimdKernel] : [])];

/** Shift and add, from the polynomial alone. */
function slowMultiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 7; bit >= 0; bit--) {
    product <<= 1;
    if (product & 0x100) product ^= 0x11d;
    if ((b >> bit) & 1) product ^= a;
  }
  return product;
}

test('the field', () => {
  for (let a = 0; a < 256; a++) for (let b = 0; b < 256; b++) assert.equal(multiply(a, b), slowMultiply(a, b));
  for (let a = 1; a < 256; a++) assert.equal(multiply(a, inverse(a)), 1);
  assert.deepEqual([power(0), power(1), power(8), power(255)], [1, 2, 0x1d, 1]);
  assert.throws(() => inverse(0));
});

function product(left: Matrix, right: Matrix): number[][] {
  return left.map((row) =>
    Array.from(right[0]!, (_, column) =>
      row.reduce((sum, factor, index) => sum ^ slowMultiply(factor, right[index]![column]!), 0),
    ),
  );
}

test('rows do not depend on N, and any k of them invert', () => {
  const wide = encodingMatrix(5, 40);
  assert.deepEqual(encodingMatrix(5, 12), wide.slice(0, 12));
  const identity = [0, 1, 2, 3, 4].map((one) => [0, 1, 2, 3, 4].map((at) => Number(at === one)));
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { minLength: 5, maxLength: 5 }), (picked) => {
      const rows = picked.map((row) => wide[row]!);
      assert.deepEqual(product(invert(rows), rows), identity);
    }),
    { numRuns: 50 },
  );
  assert.throws(() => invert([Uint8Array.of(1, 1), Uint8Array.of(1, 1)]), /singular/);
});

test('blocks are the matrix times the pieces', () => {
  for (const [needed, total, length] of [
    [1, 3, 5],
    [2, 3, 1],
    [3, 10, 9000],
    [4, 9, 4097],
    [5, 11, 33],
    [9, 30, 4096],
    [100, 256, 20],
  ] as const) {
    const pieces = Array.from({ length: needed }, (_, piece) => noise(length, `piece ${piece}`));
    for (const kernel of KERNELS) {
      const blocks = new FecEncoder(needed, total, kernel).encode(pieces);
      assert.equal(blocks.length, total);
      encodingMatrix(needed, total).forEach((row, share) => {
        for (const at of [0, length >> 1, length - 1]) {
          const expected = pieces.reduce((sum, piece, index) => sum ^ slowMultiply(row[index]!, piece[at]!), 0);
          const what = `${kernel.name}, ${needed} of ${total}, share ${share}, byte ${at}`;
          assert.equal(blocks[share]![at], expected, what);
        }
      });
    }
  }
});

/** `count` of the numbers below `total`, by draws from `random`. */
function draw(count: number, total: number, random: () => number): number[] {
  const left = Array.from({ length: total }, (_, share) => share);
  return Array.from({ length: count }, () => left.splice(random() % left.length, 1)[0]!);
}

function givesBack(decoder: FecDecoder, blocks: Uint8Array[], chosen: number[], pieces: Uint8Array[]): void {
  const decoded = decoder.decode(new Map(chosen.map((share) => [share, blocks[share]!])));
  assert.equal(Buffer.compare(Buffer.concat(decoded), Buffer.concat(pieces)), 0, `from shares ${chosen}`);
}

test('any k blocks give the pieces back', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...KERNELS),
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 50 }),
      fc.infiniteStream(fc.nat()),
      (kernel, needed, spare, length, random) => {
        const total = needed + spare;
        const pieces = Array.from({ length: needed }, (_, piece) => noise(length, `piece ${piece}`));
        const blocks = new FecEncoder(needed, total, kernel).encode(pieces);
        const decoder = new FecDecoder(needed, total, kernel);
        for (let round = 0; round < 3; round++) {
          givesBack(
            decoder,
            blocks,
            draw(needed, total, () => random.next().value!),
            pieces,
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('the edges of k and N: whichever N − k blocks are lost', () => {
  for (const [needed, total] of [
    [1, 1],
    [1, 2],
    [1, 256],
    [2, 2],
    [2, 256],
    [3, 10],
    [127, 255],
    [128, 256],
    [254, 256],
    [255, 255],
    [255, 256],
    [256, 256],
  ] as const) {
    const pieces = Array.from({ length: needed }, (_, piece) => noise(70, `piece ${piece}`));
    const seed = noise(4 * 3 * needed, `${needed} of ${total}`);
    let drawn = 0;
    const random = () => Buffer.from(seed).readUInt32LE(4 * (drawn++ % (3 * needed)));
    const last = Array.from({ length: needed }, (_, at) => total - 1 - at);
    for (const kernel of KERNELS) {
      const blocks = new FecEncoder(needed, total, kernel).encode(pieces);
      assert.equal(blocks.length, total);
      const decoder = new FecDecoder(needed, total, kernel);
      for (const chosen of [last, draw(needed, total, random), draw(needed, total, random)]) {
        givesBack(decoder, blocks, chosen, pieces);
      }
    }
  }
});

test('a decoder refuses another number of blocks', () => {
  const decoder = new FecDecoder(2, 3);
  assert.throws(() => decoder.decode(new Map([[0, Uint8Array.of(1)]])), /wrong number/);
  assert.throws(() => new FecEncoder(2, 3).encode([Uint8Array.of(1)]), /wrong number/);
});
