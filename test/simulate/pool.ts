import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { type Outcome, outcomeOf } from './outcome.js';
import type { Setting } from './setting.js';

export interface Job {
  setting: Setting;
  playing: string;
}

/** Runs worlds on all cores; the outcomes come in the jobs' order. */
export async function runAll(jobs: readonly Job[], done: (count: number) => void = () => {}): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  let finished = 0;
  const lane = async () => {
    const worker = new Worker(fileURLToPath(import.meta.url));
    try {
      while (next < jobs.length) {
        const at = next++;
        outcomes[at] = await ask(worker, jobs[at]!);
        done(++finished);
      }
    } finally {
      await worker.terminate();
    }
  };
  await Promise.all(Array.from({ length: Math.min(availableParallelism(), jobs.length) }, lane));
  return outcomes;
}

function ask(worker: Worker, job: Job): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.postMessage(job);
  });
}

if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  port.on('message', ({ setting, playing }: Job) => port.postMessage(outcomeOf(setting, playing)));
}
