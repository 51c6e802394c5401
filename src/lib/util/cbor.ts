import { CborError, CborReader } from './cbor-reader.js';
import { CborWriter } from './cbor-writer.js';

/** What the ledger and the wire carry: no maps, no floats, no tags, so one value has one form. */
export type Cbor = number | bigint | string | boolean | null | Uint8Array | readonly Cbor[];

const writer = new CborWriter();

/** Deterministic CBOR (RFC 8949 §4.2.1). Throws for what is no Cbor, a fraction or undefined, say. */
export function encodeCbor(value: Cbor): Uint8Array {
  return writer.whole(value);
}

/**
 * Strict decoding: only what `encodeCbor` makes is taken, so that a transaction has exactly one
 * encoding. Throws on anything else.
 */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const reader = new CborReader(bytes);
  const value = reader.value();
  if (!reader.done) throw new CborError('bytes behind the end');
  return value;
}
