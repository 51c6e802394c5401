import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { threadsHere } from '../src/lib/workers/pool.js';

export interface RawWork {
  work: 'sha256' | 'aes-128-ctr';
  /** A thread. */
  bytes: number;
}

/** As many threads as holdfast uses, that do raw work: what a machine gives at most. */
export class RawThreads {
  readonly #threads = Array.from(
    { length: threadsHere() },
    () => new Worker(new URL('./raw.worker.js', import.meta.url)),
  );

  /** MB/s over all threads; `bytes` are spread over them. */
  async rate(work: RawWork['work'], bytes: number): Promise<number> {
    const order: RawWork = { work, bytes: bytes / this.#threads.length };
    return rateOf(bytes, () =>
      Promise.all(
        this.#threads.map((thread) => {
          thread.postMessage(order);
          return once(thread, 'message');
        }),
      ),
    );
  }

  async end(): Promise<void> {
    await Promise.all(this.#threads.map((thread) => thread.terminate()));
  }
}

/** MB/s. */
export async function rateOf(bytes: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return bytes / 1e3 / (performance.now() - began);
}
