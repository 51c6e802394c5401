import { encryptor, type Stream } from '../codec/cipher.js';
import { crypttextHasher } from '../codec/hashutil.js';
import { convergenceHasher, KEY_BYTES } from '../codec/keys.js';
import { PIECE_BYTES, readFully } from './files.js';
import type { Marks } from './marks.js';
import type { Progress } from './progress.js';
import type { RunRing } from './runs.js';

/** The first of two passes over a file, where its key comes from its content. */
export class FirstPass {
  constructor(
    private readonly fd: number,
    private readonly ring: RunRing,
    private readonly progress: Progress,
    private readonly marks: Marks,
  ) {}

  /** One thread reads and marks, */
  read(): void {
    for (let run = 0; run < this.ring.plan.runs; run++) {
      this.progress.untilRoom(run);
      this.#readRun(run);
      this.progress.read();
    }
  }

  /** while another hashes: no two can share that. @param alone where there is no other thread */
  key(convergence: Uint8Array, alone: boolean): Uint8Array {
    const hasher = convergenceHasher(convergence, this.ring.plan.shape);
    for (let run = 0; run < this.ring.plan.runs; run++) {
      if (alone) this.#readRun(run);
      else this.progress.untilRead(run);
      hasher.update(this.ring.bytes(run));
      this.progress.hashed();
    }
    return hasher.digest().slice(0, KEY_BYTES);
  }

  #readRun(run: number): void {
    const bytes = this.ring.bytes(run);
    const marker = this.marks.marker(run);
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      readFully(this.fd, piece, this.ring.start(run) + at);
      marker.update(piece);
    }
    this.marks.note(run, marker);
  }
}

/** The pass that encrypts: sequential, since the ciphertext has one hash over all of it. */
export class SecondPass {
  readonly #encrypt: Stream;
  readonly #hash = crypttextHasher();
  readonly #piece = new Uint8Array(PIECE_BYTES);

  /** @param marks of the first pass; undefined where there was none, the key being given */
  constructor(
    private readonly fd: number,
    private readonly ring: RunRing,
    key: Uint8Array,
    private readonly marks: Marks | undefined,
  ) {
    this.#encrypt = encryptor(key);
  }

  /** Fills a run's place with its ciphertext. The runs in order. Throws Failure('temporary') for other content. */
  fill(run: number): void {
    const into = this.ring.bytes(run);
    const marker = this.marks?.marker(run);
    for (let at = 0; at < into.length; at += PIECE_BYTES) {
      const plaintext = this.#piece.subarray(0, Math.min(PIECE_BYTES, into.length - at));
      readFully(this.fd, plaintext, this.ring.start(run) + at);
      marker?.update(plaintext);
      const ciphertext = this.#encrypt(plaintext);
      this.#hash.update(ciphertext);
      into.set(ciphertext, at);
    }
    if (marker) this.marks!.check(run, marker);
  }

  /** After the last run: the hash of all ciphertext. */
  hash(): Uint8Array {
    return this.#hash.digest();
  }
}
