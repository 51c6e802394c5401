import type { RunPlan } from './runs.js';
import { Counters } from './shared.js';

const READ = 0;
const HASHED = 1;
const FILLED = 2;
const TAKEN = 3;
const DONE = 4;

/** Who has done what with which run: the counters that the threads of one encoding share. */
export class Progress {
  readonly #counters: Counters;

  constructor(
    memory: SharedArrayBuffer,
    private readonly plan: RunPlan,
  ) {
    this.#counters = new Counters(memory);
  }

  static memory(plan: RunPlan): SharedArrayBuffer {
    return Counters.of(DONE + plan.slots).memory;
  }

  /** The first pass: a run is read into the ring, and hashed before its place is read into again. */
  untilRoom(run: number): void {
    this.#counters.until(() => run - this.#counters.get(HASHED) < this.plan.slots);
  }

  read(): void {
    this.#counters.next(READ);
  }

  untilRead(run: number): void {
    this.#counters.until(() => this.#counters.get(READ) > run);
  }

  hashed(): void {
    this.#counters.next(HASHED);
  }

  /** The second pass: a run's ciphertext is in the ring. */
  filled(): void {
    this.#counters.next(FILLED);
  }

  /** The next run, once it is filled; undefined when all are taken. */
  take(): number | undefined {
    const run = this.#counters.next(TAKEN);
    if (run >= this.plan.runs) return undefined;
    this.#counters.until(() => this.#counters.get(FILLED) > run);
    return run;
  }

  /** The next run if one is filled and not taken. */
  tryTake(): number | undefined {
    for (;;) {
      const run = this.#counters.get(TAKEN);
      if (run >= this.#counters.get(FILLED)) return undefined;
      if (this.#counters.claim(TAKEN, run)) return run;
    }
  }

  /** Its blocks are written, its hashes are in the ring. */
  done(run: number): void {
    this.#counters.next(DONE + (run % this.plan.slots));
  }

  isDone(run: number): boolean {
    const { slots } = this.plan;
    return this.#counters.get(DONE + (run % slots)) > Math.floor(run / slots);
  }

  untilDone(run: number): void {
    this.#counters.until(() => this.isDone(run));
  }
}
