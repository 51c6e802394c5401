import { Failure, fromSystemError } from '../util/errors.js';
import type { BlobRoot } from './root.js';

/**
 * A writer that doesn't know its end claims as much again as it has, and so much at the most: few looks
 * at the disk, and small writers don't keep room from each other.
 */
const STEP_BYTES_MAX = 8 * 1024 * 1024;

type Measured = Pick<BlobRoot, 'path' | 'entry' | 'tally' | 'freeBytes'>;

/** What may still be written to a root, beside what is promised to writers at work. */
export class Room {
  /** Bytes claimed by writers; of those, already on the disk, and so missing in its free bytes. */
  private claimed = 0;
  private written = 0;

  constructor(private readonly root: Measured) {}

  /** Bytes; 0 where a capacity is set and nobody knows yet how much of it is used. */
  async left(): Promise<number> {
    const { written } = this;
    return this.leftOf(await this.root.freeBytes(), written);
  }

  /** Claims bytes for a writer: as many as it needs, and more where there are some. Throws 'disk-full'. */
  async claim(needed: number, wanted = needed): Promise<number> {
    const { written } = this;
    const left = this.leftOf(await this.root.freeBytes(), written);
    // Nothing is awaited from here on: two writers never claim the same bytes.
    if (left < needed) throw this.full();
    const taken = Math.min(left, wanted);
    this.claimed += taken;
    return taken;
  }

  /** `written` as it was before the disk was asked: what is written meanwhile counts twice, never not at all. */
  private leftOf(free: number, written: number): number {
    const { capacity, reserve } = this.root.entry;
    const byDisk = free - reserve - (this.claimed - written);
    if (capacity === null) return Math.max(0, byDisk);
    if (!this.root.tally.complete) return 0;
    return Math.max(0, Math.min(byDisk, capacity - this.root.tally.bytes - this.claimed));
  }

  wrote(bytes: number): void {
    this.written += bytes;
  }

  release(claimed: number, written: number): void {
    this.claimed -= claimed;
    this.written -= written;
  }

  full(): Failure {
    const { path, entry } = this.root;
    if (entry.capacity === null && entry.reserve === 0) return fromSystemError({ code: 'ENOSPC' }, 'storing a blob');
    return new Failure(
      'disk-full',
      `storing a blob: what ${path} may hold, or its disk but for the reserve, is full`,
      'run holdfast steward prune, or give it more with holdfast steward attach',
    );
  }
}

/** One writer's share of a root's room. */
export class Claim {
  private claimed = 0;
  private end = 0;

  constructor(private readonly room: Room) {}

  /** `expected`: the size, where it is known. */
  async begin(expected: number | undefined): Promise<void> {
    this.claimed = await this.room.claim(expected ?? 1);
  }

  /** Before bytes up to `end` are written. */
  async reach(end: number): Promise<void> {
    if (end <= this.claimed) return;
    const needed = end - this.claimed;
    this.claimed += await this.room.claim(needed, Math.max(needed, Math.min(this.claimed, STEP_BYTES_MAX)));
  }

  /** After they were. */
  wrote(end: number): void {
    if (end <= this.end) return;
    this.room.wrote(end - this.end);
    this.end = end;
  }

  release(): void {
    this.room.release(this.claimed, this.end);
    this.claimed = 0;
    this.end = 0;
  }
}
