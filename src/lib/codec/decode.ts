import { Failure } from '../util/errors.js';
import type { ChkCap, LitCap } from './caps.js';
import { decryptor } from './cipher.js';
import { Ciphertext } from './ciphertext.js';
import type { OnBadShare, Shares } from './gather.js';
import { segmentLength } from './shape.js';

export interface DecodeOptions {
  onBadShare?: OnBadShare;
  /** Of the first byte wanted; 0 where it is not given. */
  offset?: number;
  /** Bytes wanted; what lies past the end is left out. All that follow where it is not given. */
  length?: number;
}

/** Start and end of the range in a file. Throws Failure('usage'). */
function rangeOf(size: number, { offset = 0, length = size }: DecodeOptions): { start: number; end: number } {
  for (const value of [offset, length]) {
    if (!Number.isSafeInteger(value) || value < 0) throw new Failure('usage', `not a number of bytes: ${value}`);
  }
  if (offset > size) throw new Failure('usage', `the file has only ${size} bytes`, 'give a smaller offset');
  return { start: offset, end: Math.min(size, offset + length) };
}

/**
 * Restores a file, or a range of it, from its cap and any k good shares, a segment at a time; only the segments
 * that the range touches are read. Every byte handed on has been checked against the cap. A LIT cap needs no
 * shares.
 *
 * @param onPlaintext the range in order, each byte once
 * @throws Failure('usage') for a range that begins past the end; Failure('lost') when fewer than k shares are
 *   good: plaintext handed on before that was right
 */
export async function decodeFile(
  cap: ChkCap | LitCap,
  shares: Shares,
  onPlaintext: (plaintext: Uint8Array) => Promise<void> | void,
  options: DecodeOptions = {},
): Promise<void> {
  const { start, end } = rangeOf(cap.kind === 'lit' ? cap.data.length : cap.size, options);
  if (start === end) return;
  if (cap.kind === 'lit') {
    await onPlaintext(cap.data.subarray(start, end));
    return;
  }
  const ciphertext = await Ciphertext.open(cap, shares, options.onBadShare);
  const { shape } = ciphertext;
  const decrypt = decryptor(cap.key, start);
  for (let index = Math.floor(start / shape.segmentSize); index * shape.segmentSize < end; index++) {
    const from = index * shape.segmentSize;
    const to = Math.min(segmentLength(shape, index), end - from);
    for await (const part of ciphertext.read(index, Math.max(0, start - from), to)) await onPlaintext(decrypt(part));
  }
}
