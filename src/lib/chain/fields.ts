import { MAX_AMOUNT } from '../util/amounts.js';
import { type Cbor, decodeCbor } from '../util/cbor.js';
import { enforce, LedgerError } from './errors.js';

/** Reads a decoded CBOR array field by field, each within its bound; anything else is malformed. */
export class Fields {
  readonly #values: readonly Cbor[];
  #at = 0;

  constructor(value: Cbor | undefined) {
    enforce(Array.isArray(value), 'malformed', 'not a list');
    this.#values = value as readonly Cbor[];
  }

  static decode(bytes: Uint8Array): Fields {
    let value: Cbor;
    try {
      value = decodeCbor(bytes);
    } catch {
      throw new LedgerError('malformed', 'not canonical CBOR');
    }
    return new Fields(value);
  }

  next(): Cbor {
    const value = this.#values[this.#at++];
    enforce(value !== undefined, 'malformed', 'a field is missing');
    return value;
  }

  bytes(min: number, max: number): Uint8Array {
    const value = this.next();
    enforce(value instanceof Uint8Array && value.length >= min && value.length <= max, 'malformed', 'bytes');
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
    if (this.#values[this.#at] !== null) return false;
    this.#at++;
    return true;
  }

  uint(min = 0, max = Number.MAX_SAFE_INTEGER): number {
    const value = this.next();
    enforce(
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max,
      'malformed',
      'an integer',
    );
    return value;
  }

  /** Unsigned 64 bits. */
  amount(min = 0n): bigint {
    const value = this.next();
    enforce(
      typeof value === 'bigint' || (typeof value === 'number' && Number.isInteger(value)),
      'malformed',
      'an amount',
    );
    const wide = BigInt(value);
    enforce(wide >= min && wide <= MAX_AMOUNT, 'malformed', 'an amount');
    return wide;
  }

  /** A nested array, for a record of its own. */
  fields(): Fields {
    return new Fields(this.next());
  }

  list<T>(min: number, max: number, each: (item: Fields) => T): T[] {
    const value = this.next();
    enforce(Array.isArray(value) && value.length >= min && value.length <= max, 'malformed', 'a list');
    const items = new Fields(value as Cbor);
    return (value as Cbor[]).map(() => each(items));
  }

  more(): boolean {
    return this.#at < this.#values.length;
  }

  end(): void {
    enforce(this.#at === this.#values.length, 'malformed', 'a field too many');
  }
}

/** Runs a reader over a whole encoded record. */
export function decodeRecord<T>(bytes: Uint8Array, read: (fields: Fields) => T): T {
  const fields = Fields.decode(bytes);
  const value = read(fields);
  fields.end();
  return value;
}

/** Runs a reader over a nested record. */
export function nested<T>(fields: Fields, read: (inner: Fields) => T): T {
  const inner = fields.fields();
  const value = read(inner);
  inner.end();
  return value;
}
