// A matrix over GF(2^8) times blocks of bytes, 16 lanes at a time. Multiplying by a constant is linear, so
// c·x = low(c)[x & 15] ^ high(c)[x >> 4], and i8x16.swizzle looks up 16 nibbles at once (Plank, Greenan and
// Miller, "Screaming Fast Galois Field Arithmetic Using Intel SIMD Instructions", FAST 2013). The memory is
// laid out by the caller, src/lib/codec/kernel-simd.ts.

/** Products of a coefficient with the 16 low nibbles, then with the 16 high ones. */
const TABLE_BYTES: usize = 32;
const LANES: usize = 16;

/**
 * Output row r = Σ coefficient[r][j] · input j, for `bytes` bytes, a multiple of 16.
 *
 * @param tables 256 tables, one a coefficient
 * @param coefficients rows × inputs bytes
 * @param from, to where the first input and the first output lie, `stride` bytes before the next
 */
export function multiply(
  tables: usize,
  coefficients: usize,
  rows: usize,
  inputs: usize,
  from: usize,
  to: usize,
  stride: usize,
  bytes: usize,
): void {
  const nibble = i8x16.splat(15);
  for (let row: usize = 0; row < rows; row++) {
    const factors = coefficients + row * inputs;
    const output = to + row * stride;
    for (let at: usize = 0; at < bytes; at += LANES) {
      let sum = i8x16.splat(0);
      for (let input: usize = 0; input < inputs; input++) {
        const x = v128.load(from + input * stride + at);
        const table = tables + (<usize>load<u8>(factors + input)) * TABLE_BYTES;
        const low = i8x16.swizzle(v128.load(table), v128.and(x, nibble));
        const high = i8x16.swizzle(v128.load(table, 16), i8x16.shr_u(x, 4));
        sum = v128.xor(sum, v128.xor(low, high));
      }
      v128.store(output + at, sum);
    }
  }
}
