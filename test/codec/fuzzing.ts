import fc from 'fast-check';
import { u32be, u64be } from '../../src/lib/util/bytes.js';

/** `npm run fuzz` asks for many; the suite makes do with a few. */
export const FUZZ_RUNS = Number(process.env.HOLDFAST_FUZZ_RUNS ?? 60);

/** Numbers that parsers stumble over. */
const NUMBERS = [0, 1, 2, 31, 32, 36, 68, 255, 256, 2000, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];

type Mutation = (bytes: Uint8Array) => Uint8Array;

function spliced(bytes: Uint8Array, start: number, cut: number, insert: Uint8Array): Uint8Array {
  return new Uint8Array(Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(start + cut)]));
}

function overwritten(bytes: Uint8Array, at: number, patch: Uint8Array): Uint8Array {
  const out = bytes.slice();
  const start = bytes.length === 0 ? 0 : at % bytes.length;
  out.set(patch.subarray(0, bytes.length - start), start);
  return out;
}

const place = fc.oneof(fc.nat(100), fc.nat(100_000));
const few = fc.uint8Array({ maxLength: 40 });
const field = fc.oneof(
  fc.constantFrom(...NUMBERS).map((value) => (value < 2 ** 32 ? u32be(value) : u64be(value))),
  fc.bigInt(0n, 2n ** 64n - 1n).map((value) => u64be(value)),
);

const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
    ([at, mask]): Mutation =>
      (bytes) => {
        if (bytes.length === 0) return bytes;
        const out = bytes.slice();
        out[at % bytes.length]! ^= mask;
        return out;
      },
  ),
  // The fields of a header, and anything else four bytes wide.
  fc.tuple(fc.nat(20), field).map(
    ([at, patch]): Mutation =>
      (bytes) =>
        overwritten(bytes, 4 * at, patch),
  ),
  fc.tuple(place, few).map(
    ([at, patch]): Mutation =>
      (bytes) =>
        overwritten(bytes, at, patch),
  ),
  fc.tuple(place, place, few).map(
    ([at, cut, insert]): Mutation =>
      (bytes) =>
        spliced(bytes, at % (bytes.length + 1), cut % 300, insert),
  ),
  place.map(
    (length): Mutation =>
      (bytes) =>
        bytes.subarray(0, length % (bytes.length + 1)),
  ),
  fc.tuple(place, place, place).map(
    ([from, to, length]): Mutation =>
      (bytes) => {
        const out = bytes.slice();
        const size = bytes.length + 1;
        return out.copyWithin(to % size, from % size, (from % size) + (length % 500));
      },
  ),
);

/** What a clumsy disk or a clever liar makes of some bytes. */
export const mutations: fc.Arbitrary<Mutation> = fc
  .array(mutation, { minLength: 1, maxLength: 4 })
  .map((steps) => (bytes: Uint8Array) => steps.reduce((made, step) => step(made), bytes));
