import { invariant } from '../util/errors.js';
import { productRow } from './gf256.js';
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

function unpack(acc: Int32Array, start: number, count: number, outputs: Uint8Array[]): void {
  const [a, b, c, d] = outputs as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  for (let i = 0, at = start; i < count; i++, at++) {
    const word = acc[i]!;
    a[at] = word;
    b[at] = word >>> 8;
    c[at] = word >>> 16;
    d[at] = word >>> 24;
  }
}

/**
 * Multiplies the rows of a matrix with blocks of bytes: output r = Σ row r[j] · input j. Each lookup
 * yields four products, one an output row.
 */
export class Kernel {
  readonly #rows: number;
  readonly #inputs: number;
  /** One a group of four rows; in each, tables for INPUTS_A_PASS inputs at a time. */
  readonly #groups: Int32Array[][][];
  readonly #acc = new Int32Array(CHUNK);
  #outputs: Uint8Array[] = [];

  constructor(rows: Matrix) {
    this.#rows = rows.length;
    this.#inputs = rows[0]?.length ?? 0;
    this.#groups = [];
    for (let row = 0; row < rows.length; row += ROWS_A_WORD) {
      const group = rows.slice(row, row + ROWS_A_WORD);
      const passes: Int32Array[][] = [];
      for (let input = 0; input < this.#inputs; input += INPUTS_A_PASS) {
        passes.push(
          Array.from({ length: INPUTS_A_PASS }, (_, lane) =>
            input + lane < this.#inputs ? packedTable(group, input + lane) : ZERO_TABLE,
          ),
        );
      }
      this.#groups.push(passes);
    }
  }

  /** Inputs of one length. The outputs belong to the kernel and last until the next call. */
  apply(inputs: Uint8Array[]): Uint8Array[] {
    if (this.#rows === 0) return [];
    invariant(inputs.length === this.#inputs, 'wrong number of inputs');
    const length = inputs[0]!.length;
    if ((this.#outputs[0]?.length ?? -1) !== length) {
      const lanes = this.#groups.length * ROWS_A_WORD;
      this.#outputs = Array.from({ length: lanes }, () => new Uint8Array(length));
    }
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
        unpack(this.#acc, start, count, this.#outputs.slice(group * ROWS_A_WORD, (group + 1) * ROWS_A_WORD));
      });
    }
    return this.#outputs.slice(0, this.#rows);
  }
}
