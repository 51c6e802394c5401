import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../util/cbor.js';
import { Failure } from '../util/errors.js';

const VERSION = 1;

const VersionSchema = v.looseTuple([v.pipe(v.number(), v.integer(), v.minValue(1))]);
const PayloadSchema = v.strictTuple([
  v.literal(VERSION),
  v.pipe(v.instance(Uint8Array), v.length(32)),
  v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
]);

/** What a wallet's key file holds, once opened. */
export interface WalletPayload {
  /** 32 bytes: the words, and with them every key. */
  entropy: Uint8Array;
  /** Milliseconds since the Unix epoch. */
  createdMs: number;
}

/** CBOR [version, entropy, createdMs]. */
export function encodePayload({ entropy, createdMs }: WalletPayload): Uint8Array {
  return encodeCbor([VERSION, entropy, createdMs]);
}

/** Strict; a Failure for anything that `encodePayload` wouldn't have written. */
export function decodePayload(bytes: Uint8Array): WalletPayload {
  let value: unknown;
  try {
    value = decodeCbor(bytes);
  } catch {
    throw new Failure('failure', 'the key file holds no wallet');
  }
  const result = v.safeParse(PayloadSchema, value);
  if (result.success) return { entropy: result.output[1], createdMs: result.output[2] };
  const version = v.safeParse(VersionSchema, value);
  if (version.success && version.output[0] > VERSION) {
    throw new Failure('failure', `the wallet is of version ${version.output[0]}, this holdfast knows ${VERSION}`);
  }
  throw new Failure('failure', 'the key file holds no wallet');
}
