import { toHex } from '../../util/bytes.js';
import { encodeHeader, isMined } from '../header.js';
import { powHash, type Scrypt } from '../pow.js';
import type { Hash, Header } from '../types.js';

/**
 * The hashes of many headers at once, on all of scrypt's threads: one after the other, as each header is checked on the
 * one before, a cycle's 60,480 headers would take one core eight minutes.
 */
export class ScryptAhead {
  #ahead = new Map<string, Promise<Hash>>();

  constructor(private readonly inner: Scrypt) {}

  /** Begins with the mined ones of a batch, and forgets those of the batch before. */
  begin(headers: readonly Header[]): void {
    this.#ahead = new Map();
    for (const header of headers) {
      if (!isMined(header)) continue;
      const hash = powHash(header, this.inner);
      // Asked for later, or never, where a header before it is refused.
      hash.catch(() => undefined);
      this.#ahead.set(toHex(encodeHeader(header)), hash);
    }
  }

  readonly scrypt: Scrypt = (password, salt) => this.#ahead.get(toHex(password)) ?? this.inner(password, salt);
}
