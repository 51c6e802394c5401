import { invariant } from '../util/errors.js';

/** GF(2^8) as zfec builds it (zfec/fec.c): x^8 + x^4 + x^3 + x^2 + 1, generator 2. */
const POLYNOMIAL = 0x11d;
const ORDER = 255;

const EXP = new Uint8Array(2 * ORDER);
const LOG = new Uint8Array(256);
for (let exponent = 0, value = 1; exponent < ORDER; exponent++) {
  EXP[exponent] = value;
  EXP[exponent + ORDER] = value;
  LOG[value] = exponent;
  value <<= 1;
  if (value & 0x100) value ^= POLYNOMIAL;
}

export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a]! + LOG[b]!]!;
}

/** 2^exponent, for any exponent ≥ 0. */
export function power(exponent: number): number {
  return EXP[exponent % ORDER]!;
}

export function inverse(a: number): number {
  invariant(a !== 0, 'zero has no inverse');
  return EXP[ORDER - LOG[a]!]!;
}

/** Row f holds f·x for x = 0…255: a multiplication by a fixed factor becomes one lookup a byte. */
const PRODUCTS: readonly Uint8Array[] = Array.from({ length: 256 }, (_, factor) =>
  Uint8Array.from({ length: 256 }, (_, x) => multiply(factor, x)),
);

export function productRow(factor: number): Uint8Array {
  return PRODUCTS[factor]!;
}
