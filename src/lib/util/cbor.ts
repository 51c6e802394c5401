import { type EncodeOptions, encode, rfc8949EncodeOptions } from 'cborg';
import { CborError, CborReader } from './cbor-reader.js';

/** What the ledger and the wire carry: no maps, no floats, no tags, so one value has one form. */
export type Cbor = number | bigint | string | boolean | null | Uint8Array | readonly Cbor[];

const ENCODE: EncodeOptions = { ...rfc8949EncodeOptions, float64: true };

/** Deterministic CBOR (RFC 8949 §4.2.1). */
export function encodeCbor(value: Cbor): Uint8Array {
  const bytes = encode(value, ENCODE);
  // The library gives Buffers where there are some, whose slices are views.
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * Strict decoding: only what `encodeCbor` makes is taken, so that a transaction has exactly one
 * encoding. Throws on anything else, and before it makes more than `valuesMax` values of a stranger's bytes.
 */
export function decodeCbor(bytes: Uint8Array, valuesMax?: number): Cbor {
  const reader = new CborReader(bytes, valuesMax);
  const value = reader.value();
  if (!reader.done) throw new CborError('bytes behind the end');
  return value;
}
