import type { Entry } from './entry.js';

/** What a full pool frees at once, so that it is not looked through at each addition. */
const SPARE = 1 / 16;
/**
 * Bytes that what waits may leave in the state, to each byte that it may have as it was sent. A payment leaves a fraction
 * of its own; a bid writes its whole advert anew, with the 256 accounts that this may list: forty times as much.
 */
const LEFT_EACH = 4;

/** How much of the memory that a pool may take is taken. */
export class Room {
  #bytes = 0;
  #left = 0;

  /** @param bytesMax of transactions, as they are sent */
  constructor(private readonly bytesMax: number) {}

  /** Of transactions. */
  get bytes(): number {
    return this.#bytes;
  }

  /** 1: full. */
  get fullness(): number {
    return Math.max(this.#bytes, this.#left / LEFT_EACH) / this.bytesMax;
  }

  /** Whether a transaction of so many bytes more still finds room. */
  fits(bytes: number): boolean {
    return this.#bytes + bytes <= this.bytesMax;
  }

  put(entry: Entry): void {
    this.#bytes += entry.bytes.length;
    this.#left += leftBy(entry);
  }

  take(entry: Entry): void {
    this.#bytes -= entry.bytes.length;
    this.#left -= leftBy(entry);
  }

  /** The first of some that must go, so that there is room again. */
  overflow(worst: Iterable<Entry>): Entry[] {
    const gone: Entry[] = [];
    let [bytes, left] = [this.#bytes, this.#left];
    for (const entry of worst) {
      if (Math.max(bytes, left / LEFT_EACH) <= this.bytesMax * (1 - SPARE)) break;
      bytes -= entry.bytes.length;
      left -= leftBy(entry);
      gone.push(entry);
    }
    return gone;
  }
}

/** What only read a key shares its value with the one before it. */
function leftBy({ touched }: Entry): number {
  let sum = 0;
  for (const { found, left } of touched.values()) if (left && left !== found) sum += left.length;
  return sum;
}
