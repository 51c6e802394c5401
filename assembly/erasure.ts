// A matrix over GF(2^8) times blocks of bytes, 16 lanes at a time. Multiplying by a constant is linear, so
// c·x = low(c)[x & 15] ^ high(c)[x >> 4], and i8x16.swizzle looks up 16 nibbles at once (Plank, Greenan and
// Miller, "Screaming Fast Galois Field Arithmetic Using Intel SIMD Instructions", FAST 2013). What lies where
// in the memory is for the caller to say: src/lib/codec/kernel-simd.ts.

/** Products of a coefficient with the 16 low nibbles, then with the 16 high ones. */
const TABLE_BYTES: usize = 32;
/** Rows whose sums are in registers at once: 4 × 2 vectors and a step's own were measured fastest on x86-64. */
const ROWS: usize = 4;
/** Bytes of a row in registers: each table is loaded once for two vectors. */
const STEP: usize = 32;

/** The group's tables in the order in which they are used: input after input, in each one row after another. */
// @ts-ignore: decorator
@inline
function gather(tables: usize, coefficients: usize, rows: usize, inputs: usize, to: usize): void {
  for (let input: usize = 0; input < inputs; input++) {
    for (let row: usize = 0; row < rows; row++) {
      const table = tables + TABLE_BYTES * <usize>load<u8>(coefficients + row * inputs + input);
      v128.store(to, v128.load(table));
      v128.store(to, v128.load(table, 16), 16);
      to += TABLE_BYTES;
    }
  }
}

// @ts-ignore: decorator
@inline
function product(table: usize, low: v128, high: v128): v128 {
  return v128.xor(i8x16.swizzle(v128.load(table), low), i8x16.swizzle(v128.load(table, 16), high));
}

/** `rows`, 1 to 4, is a constant wherever this is called: what it rules out is not compiled. */
// @ts-ignore: decorator
@inline
function group(rows: usize, tables: usize, inputs: usize, from: usize, to: usize, stride: usize, bytes: usize): void {
  const zero = i8x16.splat(0);
  const nibble = i8x16.splat(15);
  for (let at: usize = 0; at < bytes; at += STEP) {
    let a = zero, b = zero, c = zero, d = zero;
    let e = zero, f = zero, g = zero, h = zero;
    let input = from + at;
    let table = tables;
    for (let left = inputs; left != 0; left--) {
      const x = v128.load(input);
      const y = v128.load(input, 16);
      const xLow = v128.and(x, nibble);
      const yLow = v128.and(y, nibble);
      const xHigh = i8x16.shr_u(x, 4);
      const yHigh = i8x16.shr_u(y, 4);
      a = v128.xor(a, product(table, xLow, xHigh));
      b = v128.xor(b, product(table, yLow, yHigh));
      if (rows > 1) {
        c = v128.xor(c, product(table + TABLE_BYTES, xLow, xHigh));
        d = v128.xor(d, product(table + TABLE_BYTES, yLow, yHigh));
      }
      if (rows > 2) {
        e = v128.xor(e, product(table + 2 * TABLE_BYTES, xLow, xHigh));
        f = v128.xor(f, product(table + 2 * TABLE_BYTES, yLow, yHigh));
      }
      if (rows > 3) {
        g = v128.xor(g, product(table + 3 * TABLE_BYTES, xLow, xHigh));
        h = v128.xor(h, product(table + 3 * TABLE_BYTES, yLow, yHigh));
      }
      input += stride;
      table += rows * TABLE_BYTES;
    }
    let output = to + at;
    v128.store(output, a);
    v128.store(output, b, 16);
    if (rows > 1) {
      output += stride;
      v128.store(output, c);
      v128.store(output, d, 16);
    }
    if (rows > 2) {
      output += stride;
      v128.store(output, e);
      v128.store(output, f, 16);
    }
    if (rows > 3) {
      output += stride;
      v128.store(output, g);
      v128.store(output, h, 16);
    }
  }
}

/**
 * Output r = Σ coefficients[r][j] · input j, for `bytes` bytes, a multiple of 32.
 *
 * @param tables 256 of 32 bytes, one a coefficient
 * @param coefficients rows × inputs bytes
 * @param scratch 4 · 32 · inputs bytes
 * @param from the first input; the next ones, and after the last input the outputs, follow `stride` bytes apart
 */
export function multiply(
  tables: usize,
  coefficients: usize,
  rows: usize,
  inputs: usize,
  scratch: usize,
  from: usize,
  stride: usize,
  bytes: usize,
): void {
  let to = from + inputs * stride;
  while (rows != 0) {
    const some = min(rows, ROWS);
    gather(tables, coefficients, some, inputs, scratch);
    if (some == 4) group(4, scratch, inputs, from, to, stride, bytes);
    else if (some == 3) group(3, scratch, inputs, from, to, stride, bytes);
    else if (some == 2) group(2, scratch, inputs, from, to, stride, bytes);
    else group(1, scratch, inputs, from, to, stride, bytes);
    coefficients += some * inputs;
    to += some * stride;
    rows -= some;
  }
}
