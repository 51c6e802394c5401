import type { Cbor } from './cbor.js';
import { invariant } from './errors.js';

const UINT = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const FALSE = 0xf4;
const TRUE = 0xf5;
const NULL = 0xf6;

const SHORT_MAX = 23;
const FIRST_BYTES = 4096;
/** A buffer larger than this is not kept for the next value. */
const KEPT_BYTES = 1 << 20;

const text = new TextEncoder();

/** Deterministic CBOR (RFC 8949 §4.2.1): every head in its shortest form. Not for two values at once. */
export class CborWriter {
  #bytes = new Uint8Array(FIRST_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  whole(value: Cbor): Uint8Array {
    this.#at = 0;
    this.#value(value);
    const whole = this.#bytes.slice(0, this.#at);
    if (this.#bytes.length > KEPT_BYTES) this.#grow(FIRST_BYTES, 0);
    return whole;
  }

  #value(value: Cbor): void {
    if (value instanceof Uint8Array) {
      this.#head(BYTES, value.length);
      this.#append(value);
    } else if (typeof value === 'number') {
      invariant(Number.isSafeInteger(value), `no integer: ${value}`);
      if (value >= 0) this.#head(UINT, value);
      else this.#head(NEGATIVE, -1 - value);
    } else if (typeof value === 'bigint') {
      if (value >= 0n) this.#wideHead(UINT, value);
      else this.#wideHead(NEGATIVE, -1n - value);
    } else if (Array.isArray(value)) {
      this.#head(ARRAY, value.length);
      for (const item of value as readonly Cbor[]) this.#value(item);
    } else if (typeof value === 'string') {
      const bytes = text.encode(value);
      this.#head(TEXT, bytes.length);
      this.#append(bytes);
    } else {
      invariant(value === null || typeof value === 'boolean', `no CBOR of ours: ${typeof value}`);
      this.#reserve(1);
      this.#bytes[this.#at++] = value === null ? NULL : value ? TRUE : FALSE;
    }
  }

  #head(major: number, argument: number): void {
    this.#reserve(9);
    const type = major << 5;
    if (argument <= SHORT_MAX) {
      this.#bytes[this.#at++] = type | argument;
    } else if (argument < 0x100) {
      this.#bytes[this.#at++] = type | 24;
      this.#bytes[this.#at++] = argument;
    } else if (argument < 0x1_0000) {
      this.#bytes[this.#at++] = type | 25;
      this.#view.setUint16(this.#at, argument);
      this.#at += 2;
    } else if (argument < 0x1_0000_0000) {
      this.#bytes[this.#at++] = type | 26;
      this.#view.setUint32(this.#at, argument);
      this.#at += 4;
    } else {
      this.#bytes[this.#at++] = type | 27;
      this.#view.setUint32(this.#at, Math.floor(argument / 0x1_0000_0000));
      this.#view.setUint32(this.#at + 4, argument >>> 0);
      this.#at += 8;
    }
  }

  #wideHead(major: number, argument: bigint): void {
    if (argument <= Number.MAX_SAFE_INTEGER) {
      this.#head(major, Number(argument));
      return;
    }
    invariant(argument < 1n << 64n, 'an integer of more than 64 bits');
    this.#reserve(9);
    this.#bytes[this.#at++] = (major << 5) | 27;
    this.#view.setBigUint64(this.#at, argument);
    this.#at += 8;
  }

  #append(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  #reserve(more: number): void {
    const needed = this.#at + more;
    if (needed > this.#bytes.length) this.#grow(Math.max(needed, 2 * this.#bytes.length), this.#at);
  }

  #grow(size: number, kept: number): void {
    const bytes = new Uint8Array(size);
    bytes.set(this.#bytes.subarray(0, kept));
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
