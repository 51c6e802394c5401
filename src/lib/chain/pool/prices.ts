import { toHex } from '../../util/bytes.js';
import { claimOfSeq } from './claims.js';
import type { Entry } from './entry.js';

/** Eight steps to a factor of two: what pays within 9 % of each other comes in order of arrival. */
const STEPS = 8;
const LEVELS = STEPS * 64;

export function levelOf(rate: number): number {
  return Math.max(0, Math.min(LEVELS - 1, Math.floor(STEPS * Math.log2(Math.max(rate, 1)))));
}

/**
 * What waits, by what it pays. What comes after a poorly paying one of its sender waits with it, so an entry
 * stands at the lowest level of itself and of those it follows. Each change costs no more than what follows it.
 */
export class Prices {
  readonly #levels: Set<Entry>[] = Array.from({ length: LEVELS }, () => new Set());
  readonly #at = new Map<Entry, number>();

  /** @param taken who has a claim */
  constructor(private readonly taken: (claim: string) => Entry | undefined) {}

  insert(entry: Entry): void {
    this.#put(entry, this.#level(entry));
    this.#followers(entry);
  }

  remove(entry: Entry): void {
    this.#levels[this.#at.get(entry)!]!.delete(entry);
    this.#at.delete(entry);
    this.#followers(entry);
  }

  /** Best paying first; of a level, first come first. */
  *best(): Generator<Entry> {
    for (let level = LEVELS - 1; level >= 0; level--) yield* this.#levels[level]!;
  }

  /** Worst paying first; of a level, last come first. */
  *worst(): Generator<Entry> {
    for (const level of this.#levels) if (level.size > 0) yield* [...level].reverse();
  }

  /** The lowest level that is held; undefined of none. */
  lowest(): number | undefined {
    const level = this.#levels.findIndex(({ size }) => size > 0);
    return level < 0 ? undefined : level;
  }

  #put(entry: Entry, level: number): void {
    this.#levels[level]!.add(entry);
    this.#at.set(entry, level);
  }

  #level(entry: Entry): number {
    const before = this.#beside(entry, -1n);
    const own = levelOf(entry.rate);
    return before ? Math.min(own, this.#at.get(before) ?? own) : own;
  }

  #followers(entry: Entry): void {
    for (let next = this.#beside(entry, 1n); next; next = this.#beside(next, 1n)) {
      const was = this.#at.get(next);
      const level = this.#level(next);
      if (was === undefined || was === level) return;
      this.#levels[was]!.delete(next);
      this.#put(next, level);
    }
  }

  #beside({ tx }: Entry, step: bigint): Entry | undefined {
    return 'seq' in tx ? this.taken(claimOfSeq(toHex(tx.from), tx.seq + step)) : undefined;
  }
}
