import type { Clock } from '../util/clock.js';

const FIRST_MS = 500;
const LAST_MS = 60_000;
const ASK_AGAIN_MS = 5_000;
const REMEMBERED_MAX = 1024;

/** When to try something again: twice as late after each failure, with jitter. Bounded, the oldest forgotten first. */
export class Backoff {
  readonly #entries = new Map<string, { failures: number; until: number }>();

  constructor(
    private readonly clock: Clock,
    private readonly random: () => number,
  ) {}

  ready(key: string): boolean {
    const entry = this.#entries.get(key);
    return !entry || this.clock.now() >= entry.until;
  }

  postpone(key: string): void {
    this.#set(key, 0, ASK_AGAIN_MS);
  }

  /** The task's result, or undefined where it failed; success forgets the failures before it. */
  async attempt<T>(key: string, task: () => Promise<T>): Promise<T | undefined> {
    const failures = (this.#entries.get(key)?.failures ?? 0) + 1;
    const delay = Math.min(LAST_MS, FIRST_MS * 2 ** (failures - 1)) * (0.75 + this.random() / 2);
    // Not ready while it runs, and the delay counts from its end.
    this.#set(key, failures, LAST_MS);
    try {
      const result = await task();
      this.#entries.delete(key);
      return result;
    } catch {
      this.#set(key, failures, delay);
      return undefined;
    }
  }

  #set(key: string, failures: number, delayMs: number): void {
    this.#entries.delete(key);
    this.#entries.set(key, { failures, until: this.clock.now() + delayMs });
    if (this.#entries.size > REMEMBERED_MAX) this.#entries.delete(this.#entries.keys().next().value!);
  }
}
