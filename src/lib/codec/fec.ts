import { invariant } from '../util/errors.js';
import type { Kernel, KernelClass } from './kernel.js';
import { fastestKernel } from './kernel-choice.js';
import { encodingMatrix, invert, type Matrix } from './matrix.js';

/** zfec: `needed` pieces of one length to `total` blocks, any `needed` of which give the pieces back. */
export class FecEncoder {
  readonly #needed: number;
  readonly #total: number;
  readonly #kernel: Kernel | undefined;

  constructor(needed: number, total: number, kernelClass: KernelClass = fastestKernel()) {
    this.#needed = needed;
    this.#total = total;
    if (needed > 1 && total > needed) this.#kernel = new kernelClass(encodingMatrix(needed, total).slice(needed));
  }

  /**
   * Blocks 0…needed−1 are the pieces themselves (not copies), the others last until the next call.
   * With needed = 1 every coefficient is 1, so every block is the piece.
   */
  encode(pieces: Uint8Array[]): Uint8Array[] {
    invariant(pieces.length === this.#needed, 'wrong number of pieces');
    if (this.#needed === 1) return new Array(this.#total).fill(pieces[0]!);
    return this.#kernel ? [...pieces, ...this.#kernel.apply(pieces)] : [...pieces];
  }
}

/** Undoes FecEncoder. The inverse is kept between calls: the set of shares seldom changes within a file. */
export class FecDecoder {
  readonly #needed: number;
  readonly #total: number;
  #matrix: Matrix | undefined;
  #shares: number[] = [];
  #missing: number[] = [];
  readonly #kernelClass: KernelClass;
  #kernel: Kernel | undefined;

  constructor(needed: number, total: number, kernelClass: KernelClass = fastestKernel()) {
    this.#needed = needed;
    this.#total = total;
    this.#kernelClass = kernelClass;
  }

  /** @param blocks exactly `needed`, by share number. The pieces in order; they last until the next call. */
  decode(blocks: ReadonlyMap<number, Uint8Array>): Uint8Array[] {
    invariant(blocks.size === this.#needed, 'wrong number of blocks');
    const shares = [...blocks.keys()].sort((a, b) => a - b);
    if (shares.length !== this.#shares.length || shares.some((share, at) => share !== this.#shares[at])) {
      this.#prepare(shares);
    }
    const computed = this.#kernel?.apply(shares.map((share) => blocks.get(share)!)) ?? [];
    const pieces: Uint8Array[] = [];
    for (let piece = 0; piece < this.#needed; piece++) {
      pieces.push(blocks.get(piece) ?? computed[this.#missing.indexOf(piece)]!);
    }
    return pieces;
  }

  #prepare(shares: number[]): void {
    this.#shares = shares;
    this.#missing = [];
    for (let piece = 0; piece < this.#needed; piece++) if (!shares.includes(piece)) this.#missing.push(piece);
    this.#kernel = undefined;
    if (this.#missing.length === 0) return;
    const matrix = this.#matrix ?? encodingMatrix(this.#needed, this.#total);
    this.#matrix = matrix;
    const inverted = invert(shares.map((share) => matrix[share]!));
    this.#kernel = new this.#kernelClass(this.#missing.map((piece) => inverted[piece]!));
  }
}
