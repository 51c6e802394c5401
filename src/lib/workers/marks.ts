import { type CipherGCM, createCipheriv } from 'node:crypto';
import { concat, equal, u64be } from '../util/bytes.js';
import { Failure } from '../util/errors.js';

const MARK_BYTES = 16;
const BLANK = new Uint8Array(4);

/** What the threads of one encoding share of the marks. */
export interface MarkBook {
  /** 16 random bytes, drawn for one encoding. */
  key: Uint8Array;
  memory: SharedArrayBuffer;
}

export function markBook(runs: number, key: Uint8Array): MarkBook {
  return { key, memory: new SharedArrayBuffer(runs * MARK_BYTES) };
}

/**
 * Marks of what the first pass over a file saw, for the second to compare: other content encrypted under the key
 * would give away, XORed, what two versions of the file have in common. A mark is GMAC (NIST SP 800-38D) under a key
 * that nobody else knows, so a universal hash: other content has it by a chance below 2^-100. It costs a third of
 * the SHA-256 that codec's ContentWatch takes, and most of it while a second thread has nothing else to do. What the
 * system says of a file, its times, would cost nothing, and miss changes within one tick and through mappings.
 */
export class Marks {
  constructor(private readonly book: MarkBook) {}

  marker(run: number): Marker {
    return new Marker(this.book.key, run);
  }

  note(run: number, marker: Marker): void {
    this.#mark(run).set(marker.digest());
  }

  /** Throws Failure('temporary') where the run is not what it was. */
  check(run: number, marker: Marker): void {
    if (equal(this.#mark(run), marker.digest())) return;
    throw new Failure('temporary', 'the file changed while it was being encoded', 'try again once it is at rest');
  }

  #mark(run: number): Uint8Array {
    return new Uint8Array(this.book.memory, run * MARK_BYTES, MARK_BYTES);
  }
}

export class Marker {
  readonly #cipher: CipherGCM;

  constructor(key: Uint8Array, run: number) {
    this.#cipher = createCipheriv('aes-128-gcm', key, concat(BLANK, u64be(run)));
  }

  update(bytes: Uint8Array): void {
    this.#cipher.setAAD(bytes);
  }

  digest(): Uint8Array {
    this.#cipher.final();
    return this.#cipher.getAuthTag();
  }
}
