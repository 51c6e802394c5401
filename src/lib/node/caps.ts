import { randomBytes } from 'node:crypto';
import { decodeBase32, encodeBase32 } from '../codec/base32.js';
import { type ChkCap, type LitCap, parseReadCap } from '../codec/caps.js';
import { Failure } from '../util/errors.js';

const SEAL_PART = '+seal:';

/** A cap as holdfast prints it: Tahoe's own, and behind it the private seal where there is one. */
export interface SealedCap {
  cap: ChkCap | LitCap;
  /** Tahoe's part alone. */
  tahoe: string;
  privateSecret: Uint8Array | undefined;
}

export function parseSealedCap(text: string): SealedCap {
  const at = text.indexOf(SEAL_PART);
  const tahoe = at < 0 ? text : text.slice(0, at);
  const cap = parseReadCap(tahoe);
  if (at < 0) return { cap, tahoe, privateSecret: undefined };
  const secret = decodeBase32(text.slice(at + SEAL_PART.length));
  if (secret?.length !== 32) throw new Failure('usage', 'not a capability: its private seal is malformed');
  return { cap, tahoe, privateSecret: secret };
}

export function formatSealedCap(tahoe: string, privateSecret: Uint8Array | undefined): string {
  return privateSecret ? `${tahoe}${SEAL_PART}${encodeBase32(privateSecret)}` : tahoe;
}

export function newPrivateSecret(): Uint8Array {
  return new Uint8Array(randomBytes(32));
}
