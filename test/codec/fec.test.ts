import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FecDecoder, FecEncoder } from '../../src/lib/codec/fec.js';
import { inverse, multiply, power } from '../../src/lib/codec/gf256.js';
import { encodingMatrix, invert, type Matrix } from '../../src/lib/codec/matrix.js';
import { noise } from './helpers.js';

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
  ] as const) {
    const pieces = Array.from({ length: needed }, (_, piece) => noise(length, `piece ${piece}`));
    const blocks = new FecEncoder(needed, total).encode(pieces);
    assert.equal(blocks.length, total);
    encodingMatrix(needed, total).forEach((row, share) => {
      for (const at of [0, length >> 1, length - 1]) {
        const expected = pieces.reduce((sum, piece, index) => sum ^ slowMultiply(row[index]!, piece[at]!), 0);
        assert.equal(blocks[share]![at], expected, `${needed} of ${total}, share ${share}, byte ${at}`);
      }
    });
  }
});

test('any k blocks give the pieces back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 50 }),
      fc.infiniteStream(fc.nat()),
      (needed, spare, length, random) => {
        const total = needed + spare;
        const pieces = Array.from({ length: needed }, (_, piece) => noise(length, `piece ${piece}`));
        const blocks = new FecEncoder(needed, total).encode(pieces);
        const decoder = new FecDecoder(needed, total);
        for (let round = 0; round < 3; round++) {
          const left = blocks.map((_, share) => share);
          const chosen = new Map<number, Uint8Array>();
          while (chosen.size < needed) {
            const [share] = left.splice(random.next().value! % left.length, 1);
            chosen.set(share!, blocks[share!]!);
          }
          assert.deepEqual(
            decoder.decode(chosen).map((piece) => [...piece]),
            pieces.map((piece) => [...piece]),
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a decoder refuses another number of blocks', () => {
  const decoder = new FecDecoder(2, 3);
  assert.throws(() => decoder.decode(new Map([[0, Uint8Array.of(1)]])), /wrong number/);
  assert.throws(() => new FecEncoder(2, 3).encode([Uint8Array.of(1)]), /wrong number/);
});
