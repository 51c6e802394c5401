import { type BigIntStats, lstatSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { CONTAINER_HEADER_BYTES } from '../codec/container.js';
import { isFailure } from '../util/errors.js';
import type { Place, RootView } from './blobs-foreign.js';
import { isAbsence } from './root-folder.js';
import { type Located, NO_COUNTS, type ShareRecord, type TahoeIndex } from './tahoe-index.js';
import { lookRound } from './tahoe-look.js';
import { scanTree } from './tahoe-scan.js';
import { paceOf } from './tahoe-share.js';
import { sameIdentity, sharePath, stampOf } from './tahoe-tree.js';

export interface FollowOptions {
  /** Bytes a second, of each tree: a first look at 2 TB takes nine hours, and leaves the disk to its server. */
  bytesPerSecond: number;
  /** From the end of a scan to the next, by how long the last took. */
  restMs(tookMs: number): number;
  /** How soon a tree that is not there is looked for again, or a change that somebody ran into looked after. */
  soonMs: number;
  now(): number;
  /** Blobs came, or a tree came back. */
  onChange(): void;
  /** What an operator should hear of. */
  onTrouble(path: string, message: string): void;
}

/** One attached tree, followed until it is closed. */
export class FollowedTree {
  /** Why it is not there now. */
  missing: string | undefined;
  private dueMs = 0;
  private confirmed = false;
  private readonly stopping = new AbortController();
  private wake: () => void = () => undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    readonly root: string,
    readonly path: string,
    private readonly index: TahoeIndex,
    private readonly options: FollowOptions,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async close(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.running;
  }

  /** Looks anew at once, and takes what is there for the tree, whatever was there before. */
  confirm(): void {
    this.confirmed = true;
    this.dueMs = 0;
    this.wake();
  }

  /** Somebody found it otherwise than the index has it. */
  hurry(): void {
    const soon = this.options.now() + this.options.soonMs;
    if (soon >= this.dueMs) return;
    this.dueMs = soon;
    this.wake();
  }

  /**
   * Where a share's bytes are, by a look at its file's stat: bytes that are the blob's stand at the
   * container's start, whatever leases follow, and whoever reads them verifies them. A file that cannot
   * be looked at is no file that is gone: whoever opens it is told why.
   */
  place(at: Located, record: ShareRecord & { state: 'good' }): Place | undefined {
    const path = sharePath(this.path, at);
    const stat = statNow(path);
    const start = CONTAINER_HEADER_BYTES;
    if (stat === 'hidden' || (stat?.isFile() && Number(stat.size) >= start + record.size)) {
      return { uuid: record.uuid, path, start, size: record.size, root: this.path, writable: false };
    }
    this.checkThere();
    this.hurry();
    return undefined;
  }

  async view(): Promise<RootView> {
    const state = this.index.tree(this.root);
    const { good, bytes, corrupt, skipped, waiting } = state?.counts ?? NO_COUNTS;
    const free = await statfs(this.path).catch(() => undefined);
    const scanning = waiting > 0 || (state?.scannedMs ?? null) === null;
    return {
      ...{ kind: 'tahoe', path: this.path, capacity: null, reserve: 0 },
      state: this.missing !== undefined ? 'missing' : scanning ? 'scanning' : 'active',
      ...{ blobs: good, bytes, corrupt, skipped: skipped + (state?.strays ?? 0) },
      freeBytes: free && this.missing === undefined ? free.bavail * free.bsize : null,
    };
  }

  private checkThere(): void {
    const stat = statNow(this.path);
    const known = this.index.tree(this.root)?.identity;
    const same =
      stat !== 'hidden' &&
      stat?.isDirectory() &&
      known &&
      sameIdentity({ ino: stat.ino, bornNs: stampOf(stat).bornNs }, known);
    if (!same) this.miss(`${this.path} is not there`);
  }

  private miss(message: string): void {
    if (this.missing === undefined) this.options.onTrouble(this.path, message);
    this.missing = message;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        await this.round();
      } catch (error) {
        if (signal.aborted) return;
        this.dueMs = this.options.now() + this.options.soonMs;
        if (isFailure(error) && error.code === 'temporary') this.miss(error.message);
        else this.options.onTrouble(this.path, (error as Error).message);
      }
      await this.rest();
    }
  }

  /** A scan where one is due, and a look at what waits until the next is. */
  private async round(): Promise<void> {
    const { index, root, path, options } = this;
    const { signal } = this.stopping;
    const { now, bytesPerSecond, onChange } = options;
    const pace = paceOf(bytesPerSecond, signal);
    for (let done = false; !done && !signal.aborted; ) {
      if (now() >= this.dueMs) await this.scan();
      const due = () => signal.aborted || now() >= this.dueMs;
      done = await lookRound(index, root, path, { pace, due, onShares: onChange });
    }
  }

  private async scan(): Promise<void> {
    const { index, root, path, options } = this;
    const { confirmed } = this;
    const { now } = options;
    const began = now();
    this.dueMs = Number.POSITIVE_INFINITY;
    this.confirmed = false;
    try {
      await scanTree(index, root, path, { confirmed, now, signal: this.stopping.signal });
    } catch (error) {
      this.confirmed ||= confirmed;
      throw error;
    }
    const ended = now();
    // Asked for while it ran, the next is due already.
    this.dueMs = Math.min(this.dueMs, ended + options.restMs(ended - began));
    if (this.missing === undefined) return;
    this.missing = undefined;
    options.onChange();
  }

  private rest(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, this.dueMs - this.options.now()));
      timer.unref();
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.stopping.signal.aborted) this.wake();
    });
  }
}

/** At once: for lookups that nothing may be waited for in. hidden: nobody can say. */
function statNow(path: string): BigIntStats | 'hidden' | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    return isAbsence(error) ? undefined : 'hidden';
  }
}
