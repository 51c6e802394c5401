import { productRow } from './gf256.js';
import { Kernel } from './kernel.js';
import type { Matrix } from './matrix.js';

/** Output rows that share one lookup: four products fit a 32-bit word. */
const ROWS_A_WORD = 4;
/** Inputs folded in one pass over the accumulator. */
const INPUTS_A_PASS = 4;
/** Bytes of each input a turn: accumulator, tables and inputs stay in the first-level cache. */
const CHUNK = 4096;

/** Words are signed: V8's xor yields an int32, and unsigned arrays were measured a third slower. */
const ZERO_TABLE = new Int32Array(256);

/** 256 words: byte b of word x is x times the coefficient of the group's row b for this input. */
function packedTable(rows: Matrix, input: number): Int32Array {
  const table = new Int32Array(256);
  rows.forEach((row, lane) => {
    const products = productRow(row[input]!);
    for (let x = 0; x < 256; x++) table[x]! |= products[x]! << (8 * lane);
  });
  return table;
}

function fold(acc: Int32Array, start: number, count: number, tables: Int32Array[], inputs: Uint8Array[]): void {
  const [s, t, u, v] = tables as [Int32Array, Int32Array, Int32Array, Int32Array];
  const [a, b, c, d] = inputs as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  for (let i = 0, at = start; i < count; i++, at++) {
    acc[i] = acc[i]! ^ s[a[at]!]! ^ t[b[at]!]! ^ u[c[at]!]! ^ v[d[at]!]!;
  }
}

/** Up to four outputs. The lanes that the last group lacks go to its first output, which is written last. */
function unpack(acc: Int32Array, start: number, count: number, outputs: Uint8Array[]): void {
  const [a, b = a, c = a, d = a] = outputs as [Uint8Array, Uint8Array?, Uint8Array?, Uint8Array?];
  for (let i = 0, at = start; i < count; i++, at++) {
    const word = acc[i]!;
    d[at] = word >>> 24;
    c[at] = word >>> 16;
    b[at] = word >>> 8;
    a[at] = word;
  }
}

/** The plain kernel, where there is no WebAssembly SIMD: each lookup yields four products, one an output row. */
export class TableKernel extends Kernel {
  /** One a group of four rows; in each, tables for INPUTS_A_PASS inputs at a time. */
  readonly #groups: Int32Array[][][] = [];
  readonly #acc = new Int32Array(CHUNK);

  constructor(rows: Matrix) {
    super(rows);
    const inputs = rows[0]?.length ?? 0;
    for (let row = 0; row < rows.length; row += ROWS_A_WORD) {
      const group = rows.slice(row, row + ROWS_A_WORD);
      const passes: Int32Array[][] = [];
      for (let input = 0; input < inputs; input += INPUTS_A_PASS) {
        passes.push(
          Array.from({ length: INPUTS_A_PASS }, (_, lane) =>
            input + lane < inputs ? packedTable(group, input + lane) : ZERO_TABLE,
          ),
        );
      }
      this.#groups.push(passes);
    }
  }

  protected override multiply(inputs: readonly Uint8Array[], outputs: readonly Uint8Array[], length: number): void {
    const passes: Uint8Array[][] = [];
    for (let input = 0; input < inputs.length; input += INPUTS_A_PASS) {
      passes.push(Array.from({ length: INPUTS_A_PASS }, (_, lane) => inputs[input + lane] ?? inputs[0]!));
    }
    for (let start = 0; start < length; start += CHUNK) {
      const count = Math.min(CHUNK, length - start);
      this.#groups.forEach((tables, group) => {
        this.#acc.fill(0, 0, count);
        passes.forEach((pass, index) => {
          fold(this.#acc, start, count, tables[index]!, pass);
        });
        unpack(this.#acc, start, count, outputs.slice(group * ROWS_A_WORD, (group + 1) * ROWS_A_WORD));
      });
    }
  }
}
