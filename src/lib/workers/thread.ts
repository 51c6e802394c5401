import { Worker } from 'node:worker_threads';
import { type Outcome, settle } from './outcome.js';

/** One thread, which does one job at a time. Between jobs it keeps no process alive. */
export class Thread {
  readonly #worker: Worker;
  #done: { resolve(value: unknown): void; reject(error: unknown): void } | undefined;
  #died: unknown;
  alive = true;

  constructor(entry: URL) {
    // Not this process’s own flags: some (--input-type) are refused for a thread.
    this.#worker = new Worker(entry, { execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (outcome: Outcome) => this.#settled(outcome));
    this.#worker.on('messageerror', (error) => this.#settled({ error }));
    this.#worker.on('error', (error) => {
      this.#died = error;
    });
    this.#worker.on('exit', () => {
      this.alive = false;
      this.#settled({ error: this.#died ?? new Error('a worker thread ended in the middle of its job') });
    });
  }

  /** What the job returns. Rejects with what it throws, or once the thread is gone: then no job of its runs on. */
  run(job: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // First, since it throws on what cannot be cloned: then nothing of this job is under way.
      this.#worker.postMessage(job);
      this.#worker.ref();
      this.#done = { resolve, reject };
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #settled(outcome: Outcome): void {
    const done = this.#done;
    this.#done = undefined;
    if (this.alive) this.#worker.unref();
    try {
      done?.resolve(settle(outcome));
    } catch (error) {
      done?.reject(error);
    }
  }
}
