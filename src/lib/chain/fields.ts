import { MAX_AMOUNT } from '../util/amounts.js';
import { CborError, CborReader } from '../util/cbor-reader.js';
import { enforce, LedgerError } from './errors.js';

/** Reads an encoded CBOR array field by field, each within its bound; anything else is malformed. */
export class Fields {
  readonly #reader: CborReader;
  #left: number;

  private constructor(reader: CborReader, count: number) {
    this.#reader = reader;
    this.#left = count;
  }

  /** A whole record, and nothing behind it: every field within its bounds, in its one encoding. */
  static record<T>(bytes: Uint8Array, read: (fields: Fields) => T): T {
    try {
      const reader = new CborReader(bytes);
      const fields = new Fields(reader, reader.array());
      const value = read(fields);
      fields.end();
      enforce(reader.done, 'malformed', 'bytes behind the end');
      return value;
    } catch (error) {
      if (error instanceof CborError) throw new LedgerError('malformed', error.message);
      throw error;
    }
  }

  #next(): CborReader {
    enforce(this.#left > 0, 'malformed', 'a field is missing');
    this.#left -= 1;
    return this.#reader;
  }

  bytes(min: number, max: number): Uint8Array {
    const value = this.#next().byteString();
    enforce(value.length >= min && value.length <= max, 'malformed', 'bytes');
    return value;
  }

  /** As `bytes`, but a view of what is read, which stays in memory with it. */
  view(min: number, max: number): Uint8Array {
    const value = this.#next().byteView();
    enforce(value.length >= min && value.length <= max, 'malformed', 'bytes');
    return value;
  }

  hash(): Uint8Array {
    return this.bytes(32, 32);
  }

  hashOrNull(): Uint8Array | null {
    return this.#isNull() ? null : this.hash();
  }

  bytesOrNull(max: number): Uint8Array | null {
    return this.#isNull() ? null : this.bytes(0, max);
  }

  #isNull(): boolean {
    if (this.#left === 0 || !this.#reader.isNull()) return false;
    this.#left -= 1;
    return true;
  }

  uint(min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.#next().integer();
    enforce(typeof value === 'number' && value >= min && value <= max, 'malformed', 'an integer');
    return value;
  }

  /** Unsigned 64 bits. */
  amount(min = 0n): bigint {
    const value = this.#next().integer();
    const wide = BigInt(value);
    enforce(wide >= min && wide <= MAX_AMOUNT, 'malformed', 'an amount');
    return wide;
  }

  /** A record within this one. */
  nested<T>(read: (inner: Fields) => T): T {
    const reader = this.#next();
    const inner = new Fields(reader, reader.array());
    const value = read(inner);
    inner.end();
    return value;
  }

  /** As `nested`, and the record's own bytes: a view of what is read. */
  span<T>(read: (inner: Fields) => T): { value: T; encoded: Uint8Array } {
    const start = this.#reader.at;
    const value = this.nested(read);
    return { value, encoded: this.#reader.since(start) };
  }

  list<T>(min: number, max: number, each: (item: Fields) => T): T[] {
    const reader = this.#next();
    const count = reader.array();
    enforce(count >= min && count <= max, 'malformed', 'a list');
    const items = new Fields(reader, count);
    const values = Array.from({ length: count }, () => each(items));
    items.end();
    return values;
  }

  more(): boolean {
    return this.#left > 0;
  }

  end(): void {
    enforce(this.#left === 0, 'malformed', 'a field too many');
  }
}

/** Runs a reader over a whole encoded record. Throws LedgerError 'malformed'. */
export function decodeRecord<T>(bytes: Uint8Array, read: (fields: Fields) => T): T {
  return Fields.record(bytes, read);
}

/** Runs a reader over a nested record. */
export function nested<T>(fields: Fields, read: (inner: Fields) => T): T {
  return fields.nested(read);
}
