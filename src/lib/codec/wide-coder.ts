import { concat, equal } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { FecEncoder } from './fec.js';
import { blockHasher, crypttextSegmentHasher, HASH_BYTES } from './hashutil.js';
import { type Holding, stripsOf } from './holding.js';
import { layoutFor } from './layout.js';
import { digestsOf, type SegmentHashes, type Strip } from './segment.js';
import { blockLength, type Shape, segmentLength } from './shape.js';

/** Ciphertext of one segment, exactly `length` bytes from `at`, any part of it any number of times. */
export type SegmentReader = (at: number, length: number) => Promise<Uint8Array>;

/**
 * As SegmentCoder, for a segment too large to hold: the first pass reads it from start to end, the second one
 * strip by strip at the places of all k pieces.
 */
export class WideCoder {
  readonly #shape: Shape;
  readonly #holding: Holding;
  readonly #fec: FecEncoder;

  constructor(shape: Shape, holding: Holding) {
    this.#shape = shape;
    this.#holding = holding;
    this.#fec = new FecEncoder(shape.needed, shape.total);
  }

  /**
   * @param onCiphertext is shown the segment once, in order
   * @throws Failure('temporary') where the second pass reads other bytes than the first
   */
  async *strips(
    index: number,
    read: SegmentReader,
    onCiphertext: (bytes: Uint8Array) => void,
  ): AsyncGenerator<Strip, SegmentHashes> {
    const { needed, total, blockSize } = this.#shape;
    const seen = await this.#look(index, read, onCiphertext);
    const data = layoutFor(this.#shape).data + index * blockSize;
    const hashers = Array.from({ length: needed === 1 ? 1 : total }, blockHasher);
    for (const { at, size } of stripsOf(this.#shape, index, this.#holding)) {
      const pieces: Uint8Array[] = [];
      for (let piece = 0; piece < needed; piece++) pieces.push(await this.#piece(index, read, piece, at, size));
      const blocks = this.#fec.encode(pieces);
      hashers.forEach((hasher, share) => {
        hasher.update(blocks[share]!);
      });
      yield { offset: data + at, blocks };
    }
    const blocks = digestsOf(hashers, total);
    // The first k blocks are the pieces.
    if (!equal(blocks.subarray(0, needed * HASH_BYTES), seen.pieces)) {
      throw new Failure('temporary', 'the file changed while it was being encoded', 'try again once it is at rest');
    }
    return { crypttext: seen.crypttext, blocks };
  }

  /** The first pass: the segment's hash, and those of its pieces. */
  async #look(index: number, read: SegmentReader, onCiphertext: (bytes: Uint8Array) => void) {
    const length = blockLength(this.#shape, index);
    const end = segmentLength(this.#shape, index);
    const crypttext = crypttextSegmentHasher();
    const pieces: Uint8Array[] = [];
    for (let piece = 0; piece < this.#shape.needed; piece++) {
      const hasher = blockHasher();
      for (const { at, size } of stripsOf(this.#shape, index, this.#holding)) {
        const bytes = await this.#piece(index, read, piece, at, size);
        const ciphertext = bytes.subarray(0, Math.max(0, end - piece * length - at));
        onCiphertext(ciphertext);
        crypttext.update(ciphertext);
        hasher.update(bytes);
      }
      pieces.push(hasher.digest());
    }
    return { crypttext: crypttext.digest(), pieces: concat(...pieces) };
  }

  /** A strip of a piece; zero bytes follow the ciphertext's end. */
  async #piece(index: number, read: SegmentReader, piece: number, at: number, size: number): Promise<Uint8Array> {
    const from = piece * blockLength(this.#shape, index) + at;
    const there = Math.min(size, Math.max(0, segmentLength(this.#shape, index) - from));
    const bytes = there > 0 ? await read(from, there) : new Uint8Array(0);
    if (there === size) return bytes;
    const padded = new Uint8Array(size);
    padded.set(bytes);
    return padded;
  }
}
