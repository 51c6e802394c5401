/** Words that every gang's state begins with; its own counters follow. */
const SIGNAL = 0;
const STOPPED = 1;
const FIRST = 2;

/** Another job of the gang failed: this one has nothing left to do. */
export class Stopped extends Error {}

/**
 * Counters that the jobs of one gang share. Whoever changes one tells the others, by a word that changes with every
 * change (an eventcount): a condition over several counters can be slept on without missing its wake-up.
 */
export class Counters {
  readonly #words: Int32Array;

  constructor(readonly memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  static of(counters: number): Counters {
    return new Counters(new SharedArrayBuffer(4 * (FIRST + counters)));
  }

  get(counter: number): number {
    return Atomics.load(this.#words, FIRST + counter);
  }

  /** Adds one and tells. Returns the value before. */
  next(counter: number): number {
    const before = Atomics.add(this.#words, FIRST + counter, 1);
    this.#tell();
    return before;
  }

  /** Adds one where the value still is the one given; no one is told. */
  claim(counter: number, value: number): boolean {
    return Atomics.compareExchange(this.#words, FIRST + counter, value, value + 1) === value;
  }

  /** Sleeps until the condition holds. Throws Stopped once the gang is stopped. Never on the main thread. */
  until(holds: () => boolean): void {
    for (;;) {
      const seen = Atomics.load(this.#words, SIGNAL);
      if (Atomics.load(this.#words, STOPPED) !== 0) throw new Stopped('stopped');
      if (holds()) return;
      Atomics.wait(this.#words, SIGNAL, seen);
    }
  }

  /** From any thread: every job of the gang ends at its next wait. */
  stop(): void {
    Atomics.store(this.#words, STOPPED, 1);
    this.#tell();
  }

  #tell(): void {
    Atomics.add(this.#words, SIGNAL, 1);
    Atomics.notify(this.#words, SIGNAL);
  }
}
