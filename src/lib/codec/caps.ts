import { Failure } from '../util/errors.js';
import { decodeBase32, encodeBase32 } from './base32.js';
import { KEY_BYTES, storageIndexOf } from './keys.js';
import { SHARES_MAX } from './params.js';

interface Location {
  /** Binds every byte of every share. */
  readonly uebHash: Uint8Array;
  readonly needed: number;
  readonly total: number;
  /** Of the file, in bytes. */
  readonly size: number;
}

/** Reads the file. A secret. */
export interface ChkCap extends Location {
  readonly kind: 'chk';
  readonly key: Uint8Array;
}

/** Checks and repairs the file's shares, without reading it. */
export interface VerifyCap extends Location {
  readonly kind: 'chk-verifier';
  readonly storageIndex: Uint8Array;
}

/** Is the file. */
export interface LitCap {
  readonly kind: 'lit';
  readonly data: Uint8Array;
}

export type Cap = ChkCap | VerifyCap | LitCap;

/** Longer than any cap: the text is refused before it is looked at. */
const CAP_LETTERS_MAX = 4096;
const UEB_HASH_BYTES = 32;

/** Caps are secrets: what is wrong is said, the cap is not repeated. */
function refuse(what: string): Failure {
  return new Failure('usage', `not a valid cap: ${what}`, 'a cap looks like URI:CHK:key:hash:3:10:size');
}

function bytesField(text: string | undefined, length: number, what: string): Uint8Array {
  const bytes = decodeBase32(text ?? '');
  if (bytes?.length !== length) throw refuse(`${what} is not ${length} bytes of base32`);
  return bytes;
}

function numberField(text: string | undefined, what: string): number {
  const value = /^[1-9]\d{0,15}$/.test(text ?? '') ? Number(text) : 0;
  if (!Number.isSafeInteger(value) || value < 1) throw refuse(`${what} is not a number from 1 up, in plain decimal`);
  return value;
}

function locationFields(fields: string[]): Location {
  if (fields.length !== 5) throw refuse('it has the wrong number of fields');
  const uebHash = bytesField(fields[1], UEB_HASH_BYTES, 'the hash');
  const needed = numberField(fields[2], 'the shares needed');
  const total = numberField(fields[3], 'the shares in total');
  const size = numberField(fields[4], 'the size');
  if (total > SHARES_MAX) throw refuse(`more than ${SHARES_MAX} shares`);
  if (needed > total) throw refuse('it needs more shares than there are');
  return { uebHash, needed, total, size };
}

/** Exactly one text is accepted for a cap. Throws Failure('usage'), which never repeats the cap. */
export function parseCap(text: string): Cap {
  if (text.length > CAP_LETTERS_MAX) throw refuse('it is too long');
  const [scheme, kind, ...fields] = text.split(':');
  if (scheme !== 'URI') throw refuse('it does not begin with URI:');
  switch (kind) {
    case 'CHK':
      return { kind: 'chk', key: bytesField(fields[0], KEY_BYTES, 'the key'), ...locationFields(fields) };
    case 'CHK-Verifier':
      return {
        kind: 'chk-verifier',
        storageIndex: bytesField(fields[0], KEY_BYTES, 'the storage index'),
        ...locationFields(fields),
      };
    case 'LIT': {
      const data = fields.length === 1 ? decodeBase32(fields[0]!) : undefined;
      if (!data) throw refuse('its data is not base32');
      return { kind: 'lit', data };
    }
    default:
      throw refuse('only URI:CHK, URI:CHK-Verifier and URI:LIT name an immutable file');
  }
}

/** A cap that reads a file. Throws Failure('usage') for a verify cap. */
export function parseReadCap(text: string): ChkCap | LitCap {
  const cap = parseCap(text);
  if (cap.kind === 'chk-verifier') {
    throw new Failure('usage', 'a verify cap cannot read a file', 'give the cap that begins with URI:CHK: or URI:LIT:');
  }
  return cap;
}

export function formatCap(cap: Cap): string {
  if (cap.kind === 'lit') return `URI:LIT:${encodeBase32(cap.data)}`;
  const head =
    cap.kind === 'chk' ? `URI:CHK:${encodeBase32(cap.key)}` : `URI:CHK-Verifier:${encodeBase32(cap.storageIndex)}`;
  return `${head}:${encodeBase32(cap.uebHash)}:${cap.needed}:${cap.total}:${cap.size}`;
}

export function verifyCapOf(cap: ChkCap | VerifyCap): VerifyCap {
  if (cap.kind === 'chk-verifier') return cap;
  const { key, uebHash, needed, total, size } = cap;
  return { kind: 'chk-verifier', storageIndex: storageIndexOf(key), uebHash, needed, total, size };
}

/** 26 letters: the file's name on storage servers. */
export function storageIndexText(cap: ChkCap | VerifyCap): string {
  return encodeBase32(verifyCapOf(cap).storageIndex);
}
