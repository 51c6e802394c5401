import type { Entry } from './entry.js';

/** Entries that wait to be applied anew, lowest place first, each once: a binary heap. */
export class Work {
  readonly #heap: Entry[] = [];
  readonly #queued = new Set<Entry>();

  push(entry: Entry | undefined): void {
    if (!entry || this.#queued.has(entry)) return;
    this.#queued.add(entry);
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (heap[parent]!.order <= entry.order) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  pop(): Entry | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first) return undefined;
    this.#queued.delete(first);
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child + 1 < heap.length && heap[child + 1]!.order < heap[child]!.order) child += 1;
      if (child >= heap.length || heap[child]!.order >= last.order) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}
