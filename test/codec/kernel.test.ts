import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { multiply } from '../../src/lib/codec/gf256.js';
import { SimdKernel } from '../../src/lib/codec/kernel-simd.js';
import { TableKernel } from '../../src/lib/codec/kernel-tables.js';
import type { Matrix } from '../../src/lib/codec/matrix.js';
import { SimdMachine, simdSupported } from '../../src/lib/codec/simd.js';
import { noise } from './helpers.js';

const simd = { skip: simdSupported() ? false : 'no WebAssembly SIMD here' };

function matrixOf(rows: number, inputs: number, seed: string): Matrix {
  const coefficients = noise(rows * inputs, `matrix ${seed}`);
  return Array.from({ length: rows }, (_, row) => coefficients.slice(row * inputs, (row + 1) * inputs));
}

/** Each at an offset of its own in a larger buffer, as pieces of a segment lie. */
function blocksOf(count: number, length: number, seed: string, shift: number): Uint8Array[] {
  return Array.from({ length: count }, (_, at) => {
    const offset = (at * 7 + shift) % 67;
    return noise(offset + length + 3, `${seed}/${at}`).subarray(offset, offset + length);
  });
}

const copies = (blocks: readonly Uint8Array[]) => blocks.map((block) => Buffer.from(block));

function bothAgree(rows: number, inputs: number, length: number, seed: string, shift: number): void {
  const matrix = matrixOf(rows, inputs, seed);
  const blocks = blocksOf(inputs, length, seed, shift);
  const outputs = new SimdKernel(matrix).apply(blocks);
  assert.equal(outputs.length, rows);
  assert.ok(outputs.every((output) => output.length === length));
  assert.deepEqual(copies(outputs), copies(new TableKernel(matrix).apply(blocks)), `${rows}×${inputs}, ${length}`);
}

test('every product of two bytes, by both kernels', () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, value) => value);
  for (const kernelClass of simd.skip ? [TableKernel] : [TableKernel, SimdKernel]) {
    for (let factor = 0; factor < 256; factor++) {
      const [products] = new kernelClass([Uint8Array.of(factor)]).apply([bytes]);
      assert.deepEqual(
        Buffer.from(products!),
        Buffer.from(bytes.map((value) => multiply(factor, value))),
        `${kernelClass.name}, ${factor}`,
      );
    }
  }
});

test('SIMD and tables agree: random matrices, lengths and offsets', simd, () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 1, max: 24 }),
      fc.integer({ min: 0, max: 5000 }),
      fc.string(),
      fc.nat(66),
      bothAgree,
    ),
    { numRuns: 150 },
  );
});

test('SIMD and tables agree: around a vector, a step, a cache line and a strip', simd, () => {
  for (const [rows, inputs] of [
    [1, 1],
    [2, 3],
    [3, 5],
    [7, 3],
    [9, 40],
  ] as const) {
    const strip = SimdMachine.get().stride(rows + inputs);
    for (const edge of [0, 16, 32, 64, strip, 2 * strip]) {
      for (const length of [edge - 1, edge, edge + 1]) {
        if (length >= 0) bothAgree(rows, inputs, length, `edge ${edge}`, edge % 13);
      }
    }
  }
});

test('SIMD and tables agree: the largest matrices', simd, () => {
  for (const [rows, inputs] of [
    [255, 1],
    [254, 2],
    [128, 128],
    [1, 255],
    [255, 256],
  ] as const) {
    const strip = SimdMachine.get().stride(rows + inputs);
    assert.ok(strip >= 1024, `${rows}×${inputs}: ${strip}`);
    bothAgree(rows, inputs, strip + 1, 'large', 5);
  }
  assert.throws(() => new SimdKernel(matrixOf(256, 1, 'too many rows')).apply([noise(64)]), /too large/);
  assert.throws(() => new SimdKernel(matrixOf(1, 257, 'too wide')).apply(blocksOf(257, 8, 'wide', 0)), /too large/);
});

for (const kernelClass of [SimdKernel, TableKernel]) {
  const options = kernelClass === SimdKernel ? simd : {};

  test(`${kernelClass.name}: kernels that take turns keep their matrices and outputs apart`, options, () => {
    const matrices = [matrixOf(3, 4, 'a'), matrixOf(5, 2, 'b')];
    const kernels = matrices.map((matrix) => new kernelClass(matrix));
    const inputs = [blocksOf(4, 900, 'x', 1), blocksOf(2, 1200, 'y', 2)];
    const alone = matrices.map((matrix, at) => copies(new kernelClass(matrix).apply(inputs[at]!)));
    for (let round = 0; round < 3; round++) {
      const outputs = kernels.map((kernel, at) => kernel.apply(inputs[at]!));
      assert.deepEqual(outputs.map(copies), alone);
    }
  });

  test(`${kernelClass.name}: shorter and longer blocks, one after another`, options, () => {
    const matrix = matrixOf(5, 3, 'lengths');
    const kernel = new kernelClass(matrix);
    for (const length of [100, 40_000, 0, 33, 40_000, 40_001, 7]) {
      const inputs = blocksOf(3, length, `length ${length}`, length % 5);
      assert.deepEqual(copies(kernel.apply(inputs)), copies(new kernelClass(matrix).apply(inputs)), `${length}`);
    }
  });

  test(`${kernelClass.name}: into the caller's buffers, and not a byte beyond them`, options, () => {
    const matrix = matrixOf(6, 3, 'into');
    const inputs = blocksOf(3, 777, 'into', 3);
    const around = new Uint8Array(6 * 800).fill(0xa5);
    const into = matrix.map((_, row) => around.subarray(row * 800 + 5, row * 800 + 5 + 777));
    const kernel = new kernelClass(matrix);
    assert.equal(kernel.apply(inputs, into), into);
    assert.deepEqual(copies(into), copies(kernel.apply(inputs)));
    around.forEach((byte, at) => {
      if (at % 800 < 5 || at % 800 >= 5 + 777) assert.equal(byte, 0xa5, `byte ${at}`);
    });
  });

  test(`${kernelClass.name}: blocks that do not fit are refused`, options, () => {
    const kernel = new kernelClass(matrixOf(2, 3, 'fit'));
    const inputs = blocksOf(3, 50, 'fit', 0);
    assert.throws(() => kernel.apply(inputs.slice(1)), /number of inputs/);
    assert.throws(() => kernel.apply([...inputs.slice(1), noise(51)]), /different lengths/);
    assert.throws(() => kernel.apply(inputs, [new Uint8Array(50)]), /number of outputs/);
    assert.throws(() => kernel.apply(inputs, [new Uint8Array(50), new Uint8Array(49)]), /different lengths/);
    assert.deepEqual(new kernelClass([]).apply([]), []);
  });
}

const built = (file: string) => JSON.stringify(new URL(`../../src/lib/codec/${file}`, import.meta.url).href);
/** Prints which kernel was chosen, and the blocks' hash. */
const SCRIPT = `
  import { createHash } from 'node:crypto';
  import { FecEncoder } from ${built('fec.js')};
  import { fastestKernel } from ${built('kernel-choice.js')};
  const pieces = [1, 2, 3].map((seed) => Uint8Array.from({ length: 20_000 }, (_, at) => (at * seed * 31) >> 3));
  const hash = createHash('sha256');
  for (const block of new FecEncoder(3, 10).encode(pieces)) hash.update(block);
  process.stdout.write(fastestKernel().name + ' ' + hash.digest('hex'));
`;

test('where V8 may not compile there is no WebAssembly: tables are chosen, and the bytes are the same', simd, () => {
  const [fast, plain] = [[], ['--jitless']].map((options) => {
    const args = [...options, '--input-type=module', '-e', SCRIPT];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    assert.match(stdout, /^\w+ [0-9a-f]{64}$/, stderr);
    return stdout.split(' ');
  });
  assert.deepEqual([fast![0], plain![0]], ['SimdKernel', 'TableKernel']);
  assert.equal(plain![1], fast![1]);
});
