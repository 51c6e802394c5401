import { invariant } from '../util/errors.js';
import { inverse, power, productRow } from './gf256.js';

/** Rows of coefficients in GF(256). */
export type Matrix = Uint8Array[];

function unitRow(width: number, one: number): Uint8Array {
  const row = new Uint8Array(width);
  row[one] = 1;
  return row;
}

/** Row r of zfec's Vandermonde matrix: row 0 is the point zero, row r ≥ 1 the point 2^(r−1). */
function vandermondeRow(row: number, width: number): Uint8Array {
  if (row === 0) return unitRow(width, 0);
  return Uint8Array.from({ length: width }, (_, column) => power((row - 1) * column));
}

/** target ^= factor · row */
function addScaled(target: Uint8Array, row: Uint8Array, factor: number): void {
  if (factor === 0) return;
  const products = productRow(factor);
  for (let column = 0; column < target.length; column++) target[column]! ^= products[row[column]!]!;
}

/** Inverse of a square matrix, by Gauss–Jordan. A singular one is a bug: any k rows of the encoding matrix are independent. */
export function invert(matrix: Matrix): Matrix {
  const size = matrix.length;
  const left = matrix.map((row) => row.slice());
  const right = left.map((_, row) => unitRow(size, row));
  for (let column = 0; column < size; column++) {
    const pivot = left.findIndex((row, index) => index >= column && row[column] !== 0);
    invariant(pivot >= 0, 'the matrix is singular');
    for (const side of [left, right]) [side[column], side[pivot]] = [side[pivot]!, side[column]!];
    const scale = productRow(inverse(left[column]![column]!));
    for (const side of [left, right]) side[column] = side[column]!.map((value) => scale[value]!);
    for (let row = 0; row < size; row++) {
      if (row === column) continue;
      const factor = left[row]![column]!;
      addScaled(left[row]!, left[column]!, factor);
      addScaled(right[row]!, right[column]!, factor);
    }
  }
  return right;
}

/**
 * zfec's encoding matrix, total × needed: V · inverse(top of V), so rows 0…needed−1 are the identity
 * and a row does not depend on `total`.
 */
export function encodingMatrix(needed: number, total: number): Matrix {
  const rows = Array.from({ length: needed }, (_, row) => unitRow(needed, row));
  if (total === needed) return rows;
  const top = invert(rows.map((_, row) => vandermondeRow(row, needed)));
  for (let row = needed; row < total; row++) {
    const product = new Uint8Array(needed);
    vandermondeRow(row, needed).forEach((factor, index) => {
      addScaled(product, top[index]!, factor);
    });
    rows.push(product);
  }
  return rows;
}
