import { erasureWasm } from '#erasure';
import { invariant } from '../util/errors.js';
import { productRow } from './gf256.js';
import { Kernel } from './kernel.js';

/** The types of Node 20 lack it, and so does V8 where it runs without a compiler (--jitless). */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly?: {
    validate(bytes: Uint8Array): boolean;
    Module: new (bytes: Uint8Array) => object;
    Instance: new (module: object) => { exports: unknown };
  };
};

/** assembly/erasure.ts says what each argument is. */
interface Exports {
  memory: { buffer: ArrayBuffer };
  multiply(
    tables: number,
    coefficients: number,
    rows: number,
    inputs: number,
    scratch: number,
    from: number,
    stride: number,
    bytes: number,
  ): void;
}

const ROWS_MAX = 255;
const INPUTS_MAX = 256;
const TABLE_BYTES = 32;
const ROWS_A_GROUP = 4;

// The memory, ten pages, never grown. What the lanes do not need of it is 104 KiB.
const TABLES = 0;
const COEFFICIENTS = TABLES + 256 * TABLE_BYTES;
const SCRATCH = COEFFICIENTS + 256 * INPUTS_MAX;
const LANES = SCRATCH + ROWS_A_GROUP * INPUTS_MAX * TABLE_BYTES;

const CACHE_LINE = 64;
/**
 * Bytes of each block a turn: what few lanes need of it stays in the second-level cache. A cache line short of
 * a power of two, so that the lanes do not all compete for the same sets.
 */
const STRIP_MAX = 16 * 1024 - CACHE_LINE;

interface Machine {
  exports: Exports;
  memory: Uint8Array;
  /** Whose coefficients lie in the memory. */
  loaded: SimdKernel | undefined;
}

/** One a thread, made at the first use: calls do not overlap, so all kernels share its memory. */
let machine: Machine | undefined;

function started(): Machine {
  if (machine) return machine;
  const { Module, Instance } = WebAssembly!;
  const exports = new Instance(new Module(wasmBytes())).exports as Exports;
  const memory = new Uint8Array(exports.memory.buffer);
  for (let factor = 0; factor < 256; factor++) {
    const products = productRow(factor);
    for (let nibble = 0; nibble < 16; nibble++) {
      memory[TABLES + factor * TABLE_BYTES + nibble] = products[nibble]!;
      memory[TABLES + factor * TABLE_BYTES + 16 + nibble] = products[nibble << 4]!;
    }
  }
  machine = { exports, memory, loaded: undefined };
  return machine;
}

function wasmBytes(): Uint8Array {
  return Buffer.from(erasureWasm, 'base64');
}

/** Sixteen bytes an instruction, in WebAssembly. */
export class SimdKernel extends Kernel {
  static supported(): boolean {
    return WebAssembly?.validate(wasmBytes()) ?? false;
  }

  protected override multiply(inputs: readonly Uint8Array[], outputs: readonly Uint8Array[], length: number): void {
    const { exports, memory } = this.#load(inputs.length);
    const room = Math.floor((memory.length - LANES) / (inputs.length + outputs.length));
    const stride = Math.min(STRIP_MAX, room - (room % CACHE_LINE));
    const firstOutput = LANES + inputs.length * stride;
    for (let start = 0; start < length; start += stride) {
      const end = Math.min(length, start + stride);
      inputs.forEach((input, lane) => {
        memory.set(input.subarray(start, end), LANES + lane * stride);
      });
      // Up to a whole cache line: what lies behind the block's end is multiplied too, and left behind.
      const bytes = Math.ceil((end - start) / CACHE_LINE) * CACHE_LINE;
      exports.multiply(TABLES, COEFFICIENTS, outputs.length, inputs.length, SCRATCH, LANES, stride, bytes);
      outputs.forEach((output, lane) => {
        const at = firstOutput + lane * stride;
        output.set(memory.subarray(at, at + end - start), start);
      });
    }
  }

  #load(inputs: number): Machine {
    const { rows } = this;
    invariant(rows.length <= ROWS_MAX && inputs <= INPUTS_MAX, 'a matrix too large for the kernel');
    const here = started();
    if (here.loaded !== this) {
      rows.forEach((row, index) => {
        here.memory.set(row, COEFFICIENTS + index * inputs);
      });
      here.loaded = this;
    }
    return here;
  }
}
