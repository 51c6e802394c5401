import { type DecodeOptions, type Token, Tokenizer, Type } from 'cborg';
import { equal, utf8 } from './bytes.js';
import type { Cbor } from './cbor.js';

/** Nothing of ours nests so deep; what does would only fill the stack. */
const DEPTH_MAX = 64;

/** RFC 8949 §4.2.1: heads in their shortest form, lengths given. */
const STRICT: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
};

/** The input is not what `encodeCbor` makes of anything, or not of what was asked for. */
export class CborError extends Error {}

function refuse(what: string): never {
  throw new CborError(`not the canonical form: ${what}`);
}

/**
 * Reads deterministic CBOR token by token, and throws at the first that no deterministic encoder puts there: so what
 * has been read has no other encoding, and need not be encoded again to see it. No maps, tags or floats.
 */
export class CborReader {
  readonly #bytes: Uint8Array;
  readonly #tokens: Tokenizer;
  #left: number;

  /** @param valuesMax what `value` may make of it, in all: each takes a hundred times the byte that it may be */
  constructor(bytes: Uint8Array, valuesMax = Number.POSITIVE_INFINITY) {
    // A Buffer's slices would be Buffers, and views.
    this.#bytes =
      bytes.constructor === Uint8Array ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#tokens = new Tokenizer(this.#bytes, STRICT);
    this.#left = valuesMax;
  }

  /** Where the next value begins. */
  get at(): number {
    return this.#tokens.pos();
  }

  get done(): boolean {
    return this.#tokens.done();
  }

  /** The input from `start` to here: a view. */
  since(start: number): Uint8Array {
    return this.#bytes.subarray(start, this.at);
  }

  /** How many values the array that comes holds. */
  array(): number {
    return this.#next(Type.array, 'a list').value as number;
  }

  /** A copy. */
  byteString(): Uint8Array {
    return this.#next(Type.bytes, 'bytes').value as Uint8Array;
  }

  /** A view of the input, which it keeps in memory. */
  byteView(): Uint8Array {
    const { length } = this.#next(Type.bytes, 'bytes').value as Uint8Array;
    return this.since(this.at - length);
  }

  /** A number where it is a safe integer, else a bigint. */
  integer(): number | bigint {
    const { type, value } = this.#token();
    if (type !== Type.uint && type !== Type.negint) refuse('an integer');
    return value as number | bigint;
  }

  /** Whether null came; it is read over then. */
  isNull(): boolean {
    if (this.#bytes[this.at] !== 0xf6) return false;
    this.#token();
    return true;
  }

  value(depth = 0): Cbor {
    const { type, value } = this.#token();
    switch (type) {
      case Type.uint:
      case Type.negint:
      case Type.true:
      case Type.false:
      case Type.null:
        return value as number | bigint | boolean | null;
      case Type.bytes:
        return this.since(this.at - (value as Uint8Array).length).slice();
      case Type.string:
        return this.#text(value as string);
      case Type.array:
        return this.#items(value as number, depth);
    }
    refuse('another kind of value');
  }

  /** What is no UTF-8 was replaced as it was read, and differs now. */
  #text(text: string): string {
    const bytes = utf8(text);
    if (bytes.length > this.at || !equal(bytes, this.since(this.at - bytes.length))) refuse('no UTF-8');
    return text;
  }

  #items(count: number, depth: number): Cbor[] {
    if (depth >= DEPTH_MAX) refuse('nested too deep');
    this.#left -= count;
    if (this.#left < 0) refuse('too many values');
    const items: Cbor[] = [];
    for (let left = count; left > 0; left--) items.push(this.value(depth + 1));
    return items;
  }

  #next(type: Type, what: string): Token {
    const token = this.#token();
    if (token.type !== type) refuse(what);
    return token;
  }

  #token(): Token {
    if (this.done) refuse('cut short');
    try {
      return this.#tokens.next();
    } catch (error) {
      refuse((error as Error).message);
    }
  }
}
