import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, threadId } from 'node:worker_threads';
import { Failure } from '../../src/lib/util/errors.js';
import { outcomeOf } from '../../src/lib/workers/outcome.js';
import { Counters, Stopped } from '../../src/lib/workers/shared.js';
import type { TestJob } from './jobs.js';

async function perform(job: TestJob): Promise<unknown> {
  switch (job.do) {
    case 'fail':
      throw new Failure(job.code, job.message, job.hint);
    case 'throw':
      throw new TypeError(job.message);
    case 'die':
      return process.exit(3);
    case 'wait': {
      const running = new Int32Array(job.running);
      const others = Atomics.add(running, 0, 1);
      await sleep(job.ms);
      Atomics.sub(running, 0, 1);
      return { threadId, atOnce: others + 1 };
    }
    case 'meet': {
      const counters = new Counters(job.counters);
      counters.next(0);
      try {
        counters.until(() => counters.get(0) >= job.members);
        return 'met';
      } catch (error) {
        if (error instanceof Stopped) return 'stopped';
        throw error;
      }
    }
  }
}

parentPort!.on('message', (job: TestJob) => {
  void perform(job)
    .then((value) => ({ value }), outcomeOf)
    .then((outcome) => parentPort!.postMessage(outcome));
});
