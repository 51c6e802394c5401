import type { Clock } from '../../src/lib/util/clock.js';

interface Event {
  at: number;
  /** Order of scheduling decides between events of one moment. */
  order: number;
  run: () => unknown;
}

const earlier = (a: Event, b: Event) => a.at < b.at || (a.at === b.at && a.order < b.order);

/**
 * Virtual time: nothing waits for a clock, the next event makes it later. Before the next event everything
 * that the last one set going has come to rest, so that a run is the same each time.
 */
export class Time implements Clock {
  readonly #heap: Event[] = [];
  #now = 0;
  #order = 0;
  #failure: unknown;

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => unknown): void {
    this.#push({ at: this.#now + Math.max(0, ms), order: this.#order++, run });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  /** What a promise nobody waits for ended with: the run ends with it. */
  guard(work: Promise<unknown>): void {
    work.catch((error) => {
      this.#failure ??= error;
    });
  }

  async runUntil(end: number): Promise<void> {
    for (let next = this.#heap[0]; next && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      this.#now = next.at;
      const result = next.run();
      if (result instanceof Promise) this.guard(result);
      // Promises settle among themselves before the event loop turns.
      await new Promise(setImmediate);
      if (this.#failure) throw this.#failure;
    }
    this.#now = end;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.push(event) - 1;
    for (let up = (at - 1) >> 1; at > 0 && earlier(event, heap[up]!); up = (at - 1) >> 1) {
      heap[at] = heap[up]!;
      at = up;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= heap.length) break;
      if (down + 1 < heap.length && earlier(heap[down + 1]!, heap[down]!)) down += 1;
      if (!earlier(heap[down]!, last)) break;
      heap[at] = heap[down]!;
      at = down;
    }
    heap[at] = last;
  }
}
