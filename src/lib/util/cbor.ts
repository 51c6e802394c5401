import { type DecodeOptions, decode, type EncodeOptions, encode, rfc8949EncodeOptions } from 'cborg';
import { equal } from './bytes.js';

/** What the ledger and the wire carry: no maps, no floats, no tags, so one value has one form. */
export type Cbor = number | bigint | string | boolean | null | Uint8Array | readonly Cbor[];

const ENCODE: EncodeOptions = { ...rfc8949EncodeOptions, float64: true };
const DECODE: DecodeOptions = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: true,
  rejectDuplicateMapKeys: true,
};

/** Deterministic CBOR (RFC 8949 §4.2.1). */
export function encodeCbor(value: Cbor): Uint8Array {
  return encode(value, ENCODE);
}

/**
 * Strict decoding: whatever does not encode to the same bytes again is refused, so that a
 * transaction has exactly one encoding. Throws on anything else.
 */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const value = decode(bytes, DECODE) as Cbor;
  if (!equal(encodeCbor(value), bytes)) throw new Error('not the canonical form');
  return value;
}
