import { dealer } from '../bounty/deck.js';
import { type Extent, PIECE_BYTES, readFully } from './files.js';
import { Counters } from './shared.js';

/** Read at a time: four of the pieces that a hash is fed with, so that threads meet seldom. */
export const DEAL_PIECE_BYTES = 4 * PIECE_BYTES;
/** Far enough ahead that a thread which the system puts off for a while does not hold up the others. */
const RING_PIECES = 32;
const READ = 0;
const FILLED = 1;
const USED = FILLED + RING_PIECES;

/** One thread's part of a deal: some of the cards. */
export interface DealJob {
  extent: Extent;
  key: Uint8Array;
  dealSlot: number;
  /** The first of this thread's cards, and how many they are. */
  first: number;
  count: number;
  members: number;
  counters: SharedArrayBuffer;
  ring: SharedArrayBuffer;
}

/** What the threads of one deal share. */
export function dealRing(size: number): Pick<DealJob, 'counters' | 'ring'> {
  const pieces = Math.min(RING_PIECES, Math.ceil(size / DEAL_PIECE_BYTES));
  return {
    counters: Counters.of(USED + RING_PIECES).memory,
    ring: new SharedArrayBuffer(pieces * DEAL_PIECE_BYTES),
  };
}

/**
 * Deals this thread's cards. The blob goes through a ring: whichever thread comes by reads its next piece, once, and
 * every thread hashes every piece, fresh in the processor's cache.
 */
export function dealCards(job: DealJob): Uint8Array[] {
  const deal = dealer(job.key, job.dealSlot, job.count, job.extent.size, job.first);
  const ring = new Ring(job);
  for (let piece = 0; piece < ring.pieces; piece++) ring.use(piece, (bytes) => deal.update(bytes));
  return deal.finish();
}

class Ring {
  readonly pieces: number;
  readonly #counters: Counters;

  constructor(private readonly job: DealJob) {
    this.pieces = Math.ceil(job.extent.size / DEAL_PIECE_BYTES);
    this.#counters = new Counters(job.counters);
  }

  use(piece: number, work: (bytes: Uint8Array) => void): void {
    const isFilled = () => this.#counters.get(FILLED + slotOf(piece)) > roundOf(piece);
    for (;;) {
      this.#readAhead();
      if (isFilled()) break;
      this.#counters.until(() => isFilled() || this.#readable() !== undefined);
    }
    work(this.#bytes(piece));
    this.#counters.next(USED + slotOf(piece));
  }

  #readAhead(): void {
    for (let piece = this.#readable(); piece !== undefined; piece = this.#readable()) {
      if (!this.#counters.claim(READ, piece)) continue;
      readFully(this.job.extent.fd, this.#bytes(piece), this.job.extent.start + piece * DEAL_PIECE_BYTES);
      this.#counters.next(FILLED + slotOf(piece));
    }
  }

  /** The next piece to read, where every thread has let go of the one that lies in its place. */
  #readable(): number | undefined {
    const piece = this.#counters.get(READ);
    if (piece >= this.pieces) return undefined;
    return this.#counters.get(USED + slotOf(piece)) === roundOf(piece) * this.job.members ? piece : undefined;
  }

  #bytes(piece: number): Uint8Array {
    const length = Math.min(DEAL_PIECE_BYTES, this.job.extent.size - piece * DEAL_PIECE_BYTES);
    return new Uint8Array(this.job.ring, slotOf(piece) * DEAL_PIECE_BYTES, length);
  }
}

function slotOf(piece: number): number {
  return piece % RING_PIECES;
}

function roundOf(piece: number): number {
  return Math.floor(piece / RING_PIECES);
}
