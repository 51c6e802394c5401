import { invariant } from '../util/errors.js';
import { FecEncoder } from './fec.js';
import { blockHasher, HASH_BYTES, hashCrypttextSegment, type TaggedHasher } from './hashutil.js';
import { layoutFor } from './layout.js';
import { blockLength, type Shape, segmentLength } from './shape.js';

/** What a segment leaves behind in the hash trees. */
export interface SegmentHashes {
  /** 32 bytes: its leaf of the crypttext tree. */
  crypttext: Uint8Array;
  /** 32·N bytes: its leaf of each share's block tree, share after share. */
  blocks: Uint8Array;
}

/** A stretch of a segment's blocks, one a share. */
export interface Strip {
  /** Where it belongs in every share's file, from the file's start. */
  offset: number;
  /** N of one length; they last until the next strip is asked for. */
  blocks: Uint8Array[];
}

/** Encoded at a time, over all shares: what was just computed is hashed and handed on before caches forget it. */
const STRIPS_BYTES = 2 << 20;
const STRIP_BYTES_MIN = 4096;
const STRIP_BYTES_MAX = 256 << 10;
const CACHE_LINE = 64;

/** Even strips of a block, so that none is a short rest. */
function stripLength(block: number, total: number): number {
  const most = Math.min(STRIP_BYTES_MAX, Math.max(STRIP_BYTES_MIN, STRIPS_BYTES / total));
  const even = Math.ceil(block / Math.ceil(block / most));
  return Math.min(block, Math.ceil(even / CACHE_LINE) * CACHE_LINE);
}

/**
 * A segment's k pieces, zfec's inputs: windows of the ciphertext. Only those that zero bytes fill up, at the
 * tail's end, are copies.
 */
export function piecesOf(shape: Shape, index: number, ciphertext: Uint8Array): Uint8Array[] {
  const length = blockLength(shape, index);
  return Array.from({ length: shape.needed }, (_, at) => {
    const piece = ciphertext.subarray(at * length, (at + 1) * length);
    if (piece.length === length) return piece;
    const padded = new Uint8Array(length);
    padded.set(piece);
    return padded;
  });
}

/**
 * Turns segments of ciphertext into blocks and their hashes (immutable.encode), in any order: pure and
 * synchronous, one a thread. Beyond the ciphertext it holds N strips.
 */
export class SegmentCoder {
  readonly #shape: Shape;
  readonly #data: number;
  readonly #fec: FecEncoder;

  constructor(shape: Shape) {
    this.#shape = shape;
    this.#data = layoutFor(shape).data;
    this.#fec = new FecEncoder(shape.needed, shape.total);
  }

  /** @param ciphertext of segment `index`, unpadded; must not change until the last strip was taken */
  *strips(index: number, ciphertext: Uint8Array): Generator<Strip, SegmentHashes> {
    invariant(ciphertext.length === segmentLength(this.#shape, index), 'a segment of the wrong length');
    const { needed, total, blockSize } = this.#shape;
    const pieces = piecesOf(this.#shape, index, ciphertext);
    const { length } = pieces[0]!;
    const step = stripLength(length, total);
    // With k = 1 every block is the piece, and hashed once.
    const hashers = Array.from({ length: needed === 1 ? 1 : total }, blockHasher);
    for (let at = 0; at < length; at += step) {
      const blocks = this.#fec.encode(pieces.map((piece) => piece.subarray(at, at + step)));
      hashers.forEach((hasher, share) => {
        hasher.update(blocks[share]!);
      });
      yield { offset: this.#data + index * blockSize + at, blocks };
    }
    return { crypttext: hashCrypttextSegment(ciphertext), blocks: digestsOf(hashers, total) };
  }

  /**
   * As `strips`, driven to the end.
   *
   * @param emit called for all N shares, strip by strip; `bytes` last until it is called for the next strip
   */
  encode(
    index: number,
    ciphertext: Uint8Array,
    emit: (share: number, offset: number, bytes: Uint8Array) => void,
  ): SegmentHashes {
    const strips = this.strips(index, ciphertext);
    while (true) {
      const { done, value } = strips.next();
      if (done) return value;
      value.blocks.forEach((bytes, share) => {
        emit(share, value.offset, bytes);
      });
    }
  }
}

/** 32·N bytes; where there is one hasher, it stands for all shares. */
export function digestsOf(hashers: TaggedHasher[], total: number): Uint8Array {
  const hashes = hashers.map((hasher) => hasher.digest());
  const out = new Uint8Array(total * HASH_BYTES);
  for (let share = 0; share < total; share++) out.set(hashes[share] ?? hashes[0]!, share * HASH_BYTES);
  return out;
}
