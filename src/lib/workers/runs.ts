import { HASH_BYTES } from '../codec/hashutil.js';
import type { SegmentHashes } from '../codec/segment.js';
import type { Shape } from '../codec/shape.js';

/** Of a file, handed on at once: small segments travel together. */
const RUN_BYTES = 1 << 20;
/** Held by the ring, whatever the segments' size; a single segment may be larger. */
const RING_BYTES_MAX = 32 << 20;
const RUNS_A_THREAD = 2;
/** V8 copies to and from shared memory word by word where it is aligned, and else byte by byte: an eighth as fast. */
const WORD = 8;

/** How a file's segments go through a ring of runs. */
export interface RunPlan {
  shape: Shape;
  /** Segments in a run; the last one may have fewer. */
  segments: number;
  runs: number;
  /** Runs in the ring. */
  slots: number;
  members: number;
  memory: SharedArrayBuffer;
}

export interface Room {
  threads: number;
  runBytes?: number;
}

/** Ring and threads for a file: fewer of both where segments are large. */
export function planRuns(shape: Shape, { threads, runBytes = RUN_BYTES }: Room): RunPlan {
  const hashBytes = (shape.total + 1) * HASH_BYTES;
  const most = Math.floor(runBytes / Math.max(shape.segmentSize, hashBytes));
  const segments = Math.min(shape.segments, Math.max(1, most));
  const runs = Math.ceil(shape.segments / segments);
  const fitting = Math.max(1, Math.floor(RING_BYTES_MAX / (segments * shape.segmentSize)));
  const slots = Math.min(runs, fitting, threads * RUNS_A_THREAD);
  const slot = slotBytes(shape, segments);
  return {
    shape,
    segments,
    runs,
    slots,
    members: Math.min(threads, slots),
    memory: new SharedArrayBuffer(slots * slot),
  };
}

function dataBytes(shape: Shape, segments: number): number {
  return Math.ceil((segments * shape.segmentSize) / WORD) * WORD;
}

function slotBytes(shape: Shape, segments: number): number {
  return dataBytes(shape, segments) + segments * (shape.total + 1) * HASH_BYTES;
}

/** A ring of runs in shared memory: in each place the bytes of a run, and behind them its segments' hashes. */
export class RunRing {
  constructor(readonly plan: RunPlan) {}

  /** Of the run, in the file. */
  start(run: number): number {
    return run * this.plan.segments * this.plan.shape.segmentSize;
  }

  bytes(run: number): Uint8Array {
    const { shape, segments, memory } = this.plan;
    const length = Math.min(segments * shape.segmentSize, shape.size - this.start(run));
    return new Uint8Array(memory, this.#at(run), length);
  }

  /** The numbers of the run's segments, in the file. */
  *segments(run: number): Generator<number> {
    const { shape, segments } = this.plan;
    const first = run * segments;
    for (let index = first; index < Math.min(first + segments, shape.segments); index++) yield index;
  }

  /** Where the hashes of a segment of the run lie. */
  hashes(run: number, index: number): SegmentHashes {
    const { shape, segments, memory } = this.plan;
    const length = (shape.total + 1) * HASH_BYTES;
    const at = this.#at(run) + dataBytes(shape, segments) + (index - run * segments) * length;
    return {
      crypttext: new Uint8Array(memory, at, HASH_BYTES),
      blocks: new Uint8Array(memory, at + HASH_BYTES, shape.total * HASH_BYTES),
    };
  }

  #at(run: number): number {
    const { shape, segments, slots } = this.plan;
    return (run % slots) * slotBytes(shape, segments);
  }
}
