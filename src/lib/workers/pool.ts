import { availableParallelism } from 'node:os';
import { Thread } from './thread.js';

/** Threads beyond this many would be short of memory bandwidth, and each costs some ten megabytes. */
const THREADS_MAX = 8;
const IDLE_MS = 5000;

export function threadsHere(): number {
  return Math.min(availableParallelism(), THREADS_MAX);
}

/**
 * Threads, started when there is work for them and ended when there has been none for a while. Single jobs run
 * side by side up to `size`; gangs of jobs that wait for each other run one gang at a time, beside the single jobs:
 * so no gang waits for a thread that another gang holds, and no short job waits for a long gang.
 */
export class Pool {
  readonly #idle: Thread[] = [];
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  /** The gang that runs, or the last of those that wait. */
  #gang: Promise<unknown> | undefined;
  #rest: NodeJS.Timeout | undefined;

  constructor(
    private readonly entry: URL,
    readonly size: number,
    private readonly idleMs = IDLE_MS,
  ) {}

  async run(job: unknown): Promise<unknown> {
    if (this.#running >= this.size) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running += 1;
    try {
      return await this.#on(job);
    } finally {
      // The place is handed on as it is: whoever comes now must not slip in before those who wait.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }

  /**
   * Jobs that run all at once, each on its own thread. Where one throws, `stop` is to make the others end; what the
   * first threw is thrown on once all have: no job writes to a file that its caller has closed by then.
   */
  async gang(jobs: readonly unknown[], stop: () => void): Promise<unknown[]> {
    // In the same moment where no other runs: its jobs go on while the caller is busy.
    const turn = this.#gang ? this.#gang.then(() => this.#all(jobs, stop)) : this.#all(jobs, stop);
    const settled: Promise<unknown> = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#gang === settled) this.#gang = undefined;
      });
    this.#gang = settled;
    return turn;
  }

  async #all(jobs: readonly unknown[], stop: () => void): Promise<unknown[]> {
    let first: { error: unknown } | undefined;
    const ends = await Promise.allSettled(
      jobs.map((job) =>
        this.#on(job).catch((error: unknown) => {
          first ??= { error };
          stop();
        }),
      ),
    );
    if (first) throw first.error;
    return ends.map((end) => (end.status === 'fulfilled' ? end.value : undefined));
  }

  async #on(job: unknown): Promise<unknown> {
    const thread = this.#take();
    try {
      return await thread.run(job);
    } finally {
      this.#idle.push(thread);
      clearTimeout(this.#rest);
      this.#rest = setTimeout(() => void this.rest(), this.idleMs);
      this.#rest.unref();
    }
  }

  #take(): Thread {
    for (let thread = this.#idle.pop(); thread; thread = this.#idle.pop()) if (thread.alive) return thread;
    return new Thread(this.entry);
  }

  /** Ends the threads that have nothing to do. */
  async rest(): Promise<void> {
    await Promise.all(this.#idle.splice(0).map((thread) => thread.end()));
  }
}
