import { erasureWasm } from '#erasure';
import { invariant } from '../util/errors.js';
import { productRow } from './gf256.js';
import type { Matrix } from './matrix.js';

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

// The memory: ten pages, as scripts/lib/wasm.js has it, never grown, since that would detach every view. From
// LANES on lie a strip of each input and then of each output, one stride apart.
const TABLES = 0;
const COEFFICIENTS = TABLES + 256 * TABLE_BYTES;
const SCRATCH = COEFFICIENTS + (ROWS_MAX + 1) * INPUTS_MAX;
export const LANES = SCRATCH + ROWS_A_GROUP * INPUTS_MAX * TABLE_BYTES;

const CACHE_LINE = 64;
/** What few lanes need of a strip stays in the second-level cache. Not a power of two: caches map by low bits. */
const STRIDE_MAX = 16 * 1024 - CACHE_LINE;

export function simdSupported(): boolean {
  return WebAssembly?.validate(wasmBytes()) ?? false;
}

function wasmBytes(): Uint8Array {
  return Buffer.from(erasureWasm, 'base64');
}

/** The WebAssembly module with its memory, for one matrix at a time. */
export class SimdMachine {
  readonly memory: Uint8Array;
  readonly #exports: Exports;
  #rows: Matrix = [];

  private constructor() {
    const { Module, Instance } = WebAssembly!;
    this.#exports = new Instance(new Module(wasmBytes())).exports as Exports;
    this.memory = new Uint8Array(this.#exports.memory.buffer);
    for (let factor = 0; factor < 256; factor++) {
      const products = productRow(factor);
      for (let nibble = 0; nibble < 16; nibble++) {
        this.memory[TABLES + factor * TABLE_BYTES + nibble] = products[nibble]!;
        this.memory[TABLES + factor * TABLE_BYTES + 16 + nibble] = products[nibble << 4]!;
      }
    }
  }

  static #machine: SimdMachine | undefined;

  /** One a thread, compiled at its first use. Products do not overlap, so all kernels share it. */
  static get(): SimdMachine {
    SimdMachine.#machine ??= new SimdMachine();
    return SimdMachine.#machine;
  }

  /** Bytes from one lane to the next, and so the longest strip, for a matrix of so many rows and inputs. */
  stride(lanes: number): number {
    const room = Math.floor((this.memory.length - LANES) / lanes);
    return Math.min(STRIDE_MAX, room - (room % CACHE_LINE));
  }

  /** Multiplies strips of `length` bytes, in place. Of the matrix, the object is remembered: it must not change. */
  multiply(rows: Matrix, length: number): void {
    const inputs = rows[0]!.length;
    if (this.#rows !== rows) this.#load(rows, inputs);
    const stride = this.stride(rows.length + inputs);
    // Up to a whole cache line: what lies behind the strip's end is multiplied too, and left behind.
    const bytes = Math.ceil(length / CACHE_LINE) * CACHE_LINE;
    this.#exports.multiply(TABLES, COEFFICIENTS, rows.length, inputs, SCRATCH, LANES, stride, bytes);
  }

  #load(rows: Matrix, inputs: number): void {
    invariant(rows.length <= ROWS_MAX && inputs <= INPUTS_MAX, 'a matrix too large for the kernel');
    rows.forEach((row, index) => {
      this.memory.set(row, COEFFICIENTS + index * inputs);
    });
    this.#rows = rows;
  }
}
