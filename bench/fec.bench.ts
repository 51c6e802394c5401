import { randomBytes } from 'node:crypto';
import type { KernelClass } from '../src/lib/codec/kernel.js';
import { SimdKernel } from '../src/lib/codec/kernel-simd.js';
import { TableKernel } from '../src/lib/codec/kernel-tables.js';
import { encodingMatrix, type Matrix } from '../src/lib/codec/matrix.js';
import { SimdMachine } from '../src/lib/codec/simd.js';
import { median, print } from './measure.js';

/**
 * Erasure coding in MB/s of input, on one core. simd and tables: from the caller's segments to the caller's
 * parity buffers, every copy on the way included. kernel: the product alone, in WebAssembly's memory.
 * memcpy: a copy of the same segments, the yardstick for what the machine gives just now.
 */
const ROUNDS = 15;
/** Rounds before the first that counts: V8 compiles a hot loop anew. */
const WARM_UP = 2;
/** More than the second-level cache holds, as where segments come from a file. */
const RING_BYTES = 8 << 20;

type Segment = Uint8Array[];

function coding(rows: Matrix, kernelClass: KernelClass, segments: Segment[]) {
  const kernel = new kernelClass(rows);
  const parity = rows.map(() => new Uint8Array(segments[0]![0]!.length));
  return () => {
    for (const pieces of segments) kernel.apply(pieces, parity);
  };
}

/** As many bytes as the segments have, though always the same strip. */
function product(rows: Matrix, segments: Segment[]) {
  const machine = SimdMachine.get();
  const { length } = segments[0]![0]!;
  const stride = machine.stride(rows.length + rows[0]!.length);
  return () => {
    for (let left = segments.length * length; left > 0; left -= stride) machine.multiply(rows, Math.min(stride, left));
  };
}

function copying(segments: Segment[]) {
  const copies = segments[0]!.map(({ length }) => new Uint8Array(length));
  return () => {
    for (const pieces of segments) for (let at = 0; at < pieces.length; at++) copies[at]!.set(pieces[at]!);
  };
}

function measure(needed: number, total: number, segmentBytes: number): void {
  const rows = encodingMatrix(needed, total).slice(needed);
  const length = Math.ceil(segmentBytes / needed);
  const segments = Array.from({ length: RING_BYTES / segmentBytes }, () =>
    Array.from({ length: needed }, () => randomBytes(length)),
  );
  const few = segments.slice(0, Math.ceil(segments.length / 8));
  const turns = [
    { name: 'memcpy', count: segments.length, work: copying(segments) },
    { name: 'kernel', count: segments.length, work: product(rows, segments) },
    { name: 'simd', count: segments.length, work: coding(rows, SimdKernel, segments) },
    { name: 'tables', count: few.length, work: coding(rows, TableKernel, few) },
  ].map((turn) => ({ ...turn, rates: [] as number[] }));
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    for (const { count, work, rates } of turns) {
      const began = performance.now();
      work();
      if (round >= WARM_UP) rates.push((count * segmentBytes) / 1e3 / (performance.now() - began));
    }
  }
  const rates = Object.fromEntries(turns.map((turn) => [`${turn.name}_mb_s`, median(turn.rates)]));
  const ratio = rates.simd_mb_s! / rates.tables_mb_s!;
  print({
    type: 'bench',
    bench: 'fec',
    shares: `${needed}/${total}`,
    segment_kib: segmentBytes / 1024,
    ...rates,
    ratio,
  });
}

measure(3, 10, 128 << 10);
measure(3, 10, 1 << 20);
measure(71, 255, 128 << 10);
