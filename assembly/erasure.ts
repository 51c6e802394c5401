// A matrix over GF(2^8) times blocks of bytes, 16 lanes at a time. Multiplying by a constant is linear, so
// c·x = low(c)[x & 15] ^ high(c)[x >> 4], and i8x16.swizzle looks up 16 nibbles at once (Plank, Greenan and
// Miller, "Screaming Fast Galois Field Arithmetic Using Intel SIMD Instructions", FAST 2013). What lies where
// in the memory is for the caller to say: src/lib/codec/simd.ts.

/** Products of a coefficient with the 16 low nibbles, then with the 16 high ones. */
const TABLE_BYTES: usize = 32;
/** Rows whose sums are in registers at once: 4 × 2 vectors and a step's own were measured fastest on x86-64. */
const ROWS: usize = 4;
/** Bytes of a row in registers: each table is loaded once for two vectors. */
const STEP: usize = 32;

/** The group's tables in the order in which they are used: input after input, in each one row after another. */
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

@inline
function fold(sum: v128, lowTable: v128, highTable: v128, low: v128, high: v128): v128 {
  return v128.xor(sum, v128.xor(i8x16.swizzle(lowTable, low), i8x16.swizzle(highTable, high)));
}

/** `rows`, 1 to 4, is a constant wherever this is called: what it rules out is not compiled. */
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
      let lowTable = v128.load(table);
      let highTable = v128.load(table, 16);
      a = fold(a, lowTable, highTable, xLow, xHigh);
      b = fold(b, lowTable, highTable, yLow, yHigh);
      if (rows > 1) {
        lowTable = v128.load(table, 32);
        highTable = v128.load(table, 48);
        c = fold(c, lowTable, highTable, xLow, xHigh);
        d = fold(d, lowTable, highTable, yLow, yHigh);
      }
      if (rows > 2) {
        lowTable = v128.load(table, 64);
        highTable = v128.load(table, 80);
        e = fold(e, lowTable, highTable, xLow, xHigh);
        f = fold(f, lowTable, highTable, yLow, yHigh);
      }
      if (rows > 3) {
        lowTable = v128.load(table, 96);
        highTable = v128.load(table, 112);
        g = fold(g, lowTable, highTable, xLow, xHigh);
        h = fold(h, lowTable, highTable, yLow, yHigh);
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

// Functions of their own: within one large function V8 allots registers worse, and was a third slower.

function four(tables: usize, inputs: usize, from: usize, to: usize, stride: usize, bytes: usize): void {
  group(4, tables, inputs, from, to, stride, bytes);
}

function three(tables: usize, inputs: usize, from: usize, to: usize, stride: usize, bytes: usize): void {
  group(3, tables, inputs, from, to, stride, bytes);
}

function two(tables: usize, inputs: usize, from: usize, to: usize, stride: usize, bytes: usize): void {
  group(2, tables, inputs, from, to, stride, bytes);
}

function one(tables: usize, inputs: usize, from: usize, to: usize, stride: usize, bytes: usize): void {
  group(1, tables, inputs, from, to, stride, bytes);
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
    if (some == 4) four(scratch, inputs, from, to, stride, bytes);
    else if (some == 3) three(scratch, inputs, from, to, stride, bytes);
    else if (some == 2) two(scratch, inputs, from, to, stride, bytes);
    else one(scratch, inputs, from, to, stride, bytes);
    coefficients += some * inputs;
    to += some * stride;
    rows -= some;
  }
}
