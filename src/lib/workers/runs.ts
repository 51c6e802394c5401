import { HASH_BYTES } from '../codec/hashutil.js';
import type { SegmentHashes } from '../codec/segment.js';
import { type Shape, segmentLength } from '../codec/shape.js';
import { Counters } from './shared.js';

/** Ciphertext that is handed on at once: small segments travel together. */
const RUN_BYTES = 1 << 20;
/** Ciphertext held by the ring, whatever the segments' size; a single segment may be larger. */
const RING_BYTES_MAX = 64 << 20;
const RUNS_A_THREAD = 2;

const FILLED = 0;
const TAKEN = 1;
const DONE = 2;

/** How a file's segments go through a ring of runs. */
export interface RunPlan {
  shape: Shape;
  /** Segments in a run; the last one may have fewer. */
  segments: number;
  runs: number;
  /** Runs in the ring. */
  slots: number;
  members: number;
  counters: SharedArrayBuffer;
  memory: SharedArrayBuffer;
}

export interface Room {
  threads: number;
  runBytes?: number;
}

/** Ring and threads for a file: fewer of both where segments are large. */
export function planRuns(shape: Shape, { threads, runBytes = RUN_BYTES }: Room): RunPlan {
  const hashBytes = (shape.total + 1) * HASH_BYTES;
  const segments = Math.min(shape.segments, Math.max(1, Math.floor(runBytes / Math.max(shape.segmentSize, hashBytes))));
  const runs = Math.ceil(shape.segments / segments);
  const length = segments * shape.segmentSize;
  const fitting = Math.max(1, Math.floor(RING_BYTES_MAX / length));
  const slots = Math.min(runs, fitting, threads * RUNS_A_THREAD);
  return {
    shape,
    segments,
    runs,
    slots,
    members: Math.min(threads, slots),
    counters: Counters.of(DONE + slots).memory,
    memory: new SharedArrayBuffer(slots * (length + segments * hashBytes)),
  };
}

/**
 * A ring of runs in shared memory. One thread fills them with ciphertext, in order; any thread takes the next one,
 * leaves its hashes beside it, and says that it is done. The first thread collects the hashes, in order, before it
 * fills the place anew.
 */
export class RunRing {
  readonly #counters: Counters;
  readonly #length: number;
  readonly #hashBytes: number;

  constructor(readonly plan: RunPlan) {
    this.#counters = new Counters(plan.counters);
    this.#length = plan.segments * plan.shape.segmentSize;
    this.#hashBytes = (plan.shape.total + 1) * HASH_BYTES;
  }

  /** Of the ciphertext, in the file. */
  start(run: number): number {
    return run * this.#length;
  }

  ciphertext(run: number): Uint8Array {
    const { shape, memory } = this.plan;
    return new Uint8Array(memory, this.#at(run), Math.min(this.#length, shape.size - this.start(run)));
  }

  /** The run's segments, by their numbers in the file. */
  *segments(run: number): Generator<{ index: number; ciphertext: Uint8Array; hashes: SegmentHashes }> {
    const { shape, segments, memory } = this.plan;
    const at = this.#at(run);
    const first = run * segments;
    for (let index = first; index < Math.min(first + segments, shape.segments); index++) {
      const ciphertext = at + (index - first) * shape.segmentSize;
      const hashes = at + this.#length + (index - first) * this.#hashBytes;
      yield {
        index,
        ciphertext: new Uint8Array(memory, ciphertext, segmentLength(shape, index)),
        hashes: {
          crypttext: new Uint8Array(memory, hashes, HASH_BYTES),
          blocks: new Uint8Array(memory, hashes + HASH_BYTES, shape.total * HASH_BYTES),
        },
      };
    }
  }

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

  finish(run: number): void {
    this.#counters.next(DONE + (run % this.plan.slots));
  }

  isDone(run: number): boolean {
    const { slots } = this.plan;
    return this.#counters.get(DONE + (run % slots)) > Math.floor(run / slots);
  }

  untilDone(run: number): void {
    this.#counters.until(() => this.isDone(run));
  }

  #at(run: number): number {
    return (run % this.plan.slots) * (this.#length + this.plan.segments * this.#hashBytes);
  }
}
