import type { Cbor } from './cbor.js';

const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

/** Nothing of ours nests so deep; what does would only fill the stack. */
const DEPTH_MAX = 64;
const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The input is not what `encodeCbor` makes of anything, or not of what was asked for. */
export class CborError extends Error {}

function refuse(what: string): never {
  throw new CborError(`not the canonical form: ${what}`);
}

/**
 * Reads deterministic CBOR (RFC 8949 §4.2.1) from front to back, and throws at the first byte that no deterministic
 * encoder puts there: so what has been read has no other encoding. No indefinite lengths, maps, tags or floats.
 */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    // A Buffer's slices would be Buffers, and views.
    this.#bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next value begins. */
  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at === this.#bytes.length;
  }

  /** The input from `start` to here: a view. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.#at);
  }

  /** How many values the array that comes holds. */
  array(): number {
    return this.#length(ARRAY, 'a list');
  }

  /** A copy. */
  byteString(): Uint8Array {
    return this.#take(this.#length(BYTES, 'bytes')).slice();
  }

  /** A view of the input, which it keeps in memory. */
  byteView(): Uint8Array {
    return this.#take(this.#length(BYTES, 'bytes'));
  }

  /** A number where it is a safe integer, else a bigint. */
  integer(): number | bigint {
    const major = this.#peek() >> 5;
    if (major !== UINT && major !== NEGATIVE) refuse('an integer');
    const argument = this.#argument();
    if (major === UINT) return argument;
    if (typeof argument === 'bigint' || argument === Number.MAX_SAFE_INTEGER) return -1n - BigInt(argument);
    return -1 - argument;
  }

  /** Whether null came; it is read over then. */
  isNull(): boolean {
    if (this.#peek() !== NULL) return false;
    this.#at += 1;
    return true;
  }

  value(depth = 0): Cbor {
    const first = this.#peek();
    switch (first >> 5) {
      case UINT:
      case NEGATIVE:
        return this.integer();
      case BYTES:
        return this.byteString();
      case TEXT:
        return this.#text();
      case ARRAY:
        return this.#items(depth);
    }
    if (first !== FALSE && first !== TRUE && first !== NULL) refuse('another kind of value');
    this.#at += 1;
    return first === NULL ? null : first === TRUE;
  }

  #text(): string {
    const bytes = this.#take(this.#length(TEXT, 'text'));
    try {
      return text.decode(bytes);
    } catch {
      refuse('no UTF-8');
    }
  }

  #items(depth: number): Cbor[] {
    if (depth >= DEPTH_MAX) refuse('nested too deep');
    const items: Cbor[] = [];
    for (let left = this.array(); left > 0; left--) items.push(this.value(depth + 1));
    return items;
  }

  #peek(): number {
    if (this.#at >= this.#bytes.length) refuse('cut short');
    return this.#bytes[this.#at]!;
  }

  #length(major: number, what: string): number {
    if (this.#peek() >> 5 !== major) refuse(what);
    const length = this.#argument();
    if (typeof length === 'bigint') refuse('a length');
    return length;
  }

  #take(length: number): Uint8Array {
    const start = this.#at;
    if (length > this.#bytes.length - start) refuse('cut short');
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** A head's argument, in as few bytes as it takes. */
  #argument(): number | bigint {
    const info = this.#peek() & 0x1f;
    if (info < 24) {
      this.#at += 1;
      return info;
    }
    if (info > 27) refuse('a length that is not given');
    const at = this.#at + 1;
    const bytes = 1 << (info - 24);
    if (at + bytes > this.#bytes.length) refuse('cut short');
    this.#at = at + bytes;
    if (bytes === 8) return this.#wide(at);
    const value = bytes === 1 ? this.#bytes[at]! : bytes === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
    // What is below would have fitted into half as many bytes.
    if (value < (bytes === 1 ? 24 : bytes === 2 ? 0x100 : 0x1_0000)) refuse('a longer head than it takes');
    return value;
  }

  #wide(at: number): number | bigint {
    const high = this.#view.getUint32(at);
    if (high === 0) refuse('a longer head than it takes');
    if (high > 0x1f_ffff) return this.#view.getBigUint64(at);
    return high * 0x1_0000_0000 + this.#view.getUint32(at + 4);
  }
}
