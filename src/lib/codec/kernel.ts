import { invariant } from '../util/errors.js';
import type { Matrix } from './matrix.js';

export type KernelClass = new (rows: Matrix) => Kernel;

/** Multiplies the rows of a matrix with blocks of bytes: output r = Σ row r[j] · input j, in GF(256). */
export abstract class Kernel {
  protected readonly rows: Matrix;
  readonly #inputs: number;
  /** Grown, never shrunk: a file's last segment, or a segment's last strip, is shorter. */
  #buffers: Uint8Array[] = [];
  #outputs: Uint8Array[] = [];

  constructor(rows: Matrix) {
    this.rows = rows;
    this.#inputs = rows[0]?.length ?? 0;
  }

  /**
   * Inputs of one length, any at all.
   *
   * @param into one buffer of that length a row, none of them an input's; without it, the outputs belong to the
   * kernel and last until its next call
   */
  apply(inputs: readonly Uint8Array[], into?: readonly Uint8Array[]): readonly Uint8Array[] {
    if (this.rows.length === 0) return [];
    invariant(inputs.length === this.#inputs, 'wrong number of inputs');
    const { length } = inputs[0]!;
    const outputs = into ?? this.#sized(length);
    invariant(outputs.length === this.rows.length, 'wrong number of outputs');
    for (const block of [...inputs, ...outputs]) invariant(block.length === length, 'blocks of different lengths');
    if (length > 0) this.multiply(inputs, outputs, length);
    return outputs;
  }

  /** Fills the outputs. */
  protected abstract multiply(inputs: readonly Uint8Array[], outputs: readonly Uint8Array[], length: number): void;

  #sized(length: number): Uint8Array[] {
    if (this.#outputs[0]?.length === length) return this.#outputs;
    if ((this.#buffers[0]?.length ?? -1) < length) this.#buffers = this.rows.map(() => new Uint8Array(length));
    this.#outputs = this.#buffers.map((buffer) => buffer.subarray(0, length));
    return this.#outputs;
  }
}
