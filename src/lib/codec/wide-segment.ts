import { equal } from '../util/bytes.js';
import { Breath } from './breath.js';
import { contradiction } from './fault.js';
import type { FecDecoder } from './fec.js';
import type { Gathering } from './gather.js';
import { crypttextSegmentHasher, sha256d } from './hashutil.js';
import { type Holding, stripsOf } from './holding.js';
import { blockLength, segmentLength } from './shape.js';

/**
 * A segment too large to hold, once all of it has been checked: the blocks against the block trees, then the
 * ciphertext against the crypttext tree. Each strip is read again as it is asked for, and held to what it was.
 */
export class WideSegment {
  readonly index: number;
  readonly #gathering: Gathering;
  readonly #fec: FecDecoder;
  readonly #holding: Holding;
  readonly #breath = new Breath();
  /** What each strip of ciphertext hashes to, by its offset in the segment. */
  readonly #digests = new Map<number, Uint8Array>();
  /** The latest strips that were computed, of all pieces. */
  #decoded: { at: number; pieces: Uint8Array[] } | undefined;

  private constructor(gathering: Gathering, fec: FecDecoder, index: number, holding: Holding) {
    this.#gathering = gathering;
    this.#fec = fec;
    this.index = index;
    this.#holding = holding;
  }

  static async open(gathering: Gathering, fec: FecDecoder, index: number, holding: Holding): Promise<WideSegment> {
    const segment = new WideSegment(gathering, fec, index, holding);
    const hasher = crypttextSegmentHasher();
    const { shape } = gathering.ueb;
    for (let piece = 0; piece < shape.needed; piece++) {
      for (const { at } of stripsOf(shape, index, holding)) {
        const strip = await segment.#strip(piece, at);
        hasher.update(strip);
        segment.#digests.set(segment.#offset(piece, at), sha256d(strip));
      }
    }
    if (!equal(hasher.digest(), await gathering.crypttextLeaf(index))) throw contradiction(index);
    return segment;
  }

  /** Bytes `from` to `to`, in parts. */
  async *read(from: number, to: number): AsyncGenerator<Uint8Array> {
    const length = blockLength(this.#gathering.ueb.shape, this.index);
    for (let next = from; next < to; ) {
      const piece = Math.floor(next / length);
      const within = next - piece * length;
      const at = within - (within % this.#holding.strip);
      const strip = await this.#strip(piece, at);
      if (!equal(sha256d(strip), this.#digests.get(this.#offset(piece, at))!)) throw contradiction(this.index);
      const part = strip.subarray(within - at, within - at + to - next);
      yield part;
      next += part.length;
    }
  }

  #offset(piece: number, at: number): number {
    return piece * blockLength(this.#gathering.ueb.shape, this.index) + at;
  }

  /** A strip of a piece, without padding. A piece whose share is at hand is read; else all are computed from k. */
  async #strip(piece: number, at: number): Promise<Uint8Array> {
    const { shape } = this.#gathering.ueb;
    const there = Math.max(0, segmentLength(shape, this.index) - this.#offset(piece, at));
    const own = await this.#gathering.fromOne(piece, (reader) => reader.strip(this.index, at, this.#holding));
    const strip = own ?? (await this.#decode(at))[piece]!;
    await this.#breath.after(3 * strip.length);
    return strip.subarray(0, there);
  }

  async #decode(at: number): Promise<Uint8Array[]> {
    if (this.#decoded?.at !== at) {
      const strips = await this.#gathering.fromEach((reader) => reader.strip(this.index, at, this.#holding));
      // Copies: they must outlive the next decoding.
      this.#decoded = { at, pieces: this.#fec.decode(strips).map((strip) => strip.slice()) };
    }
    return this.#decoded.pieces;
  }
}
