import { parentPort } from 'node:worker_threads';
import { type Outcome, outcomeOf } from './outcome.js';
import { Stopped } from './shared.js';
import { type VerifyJob, verifyPart } from './verifying.js';

function outcome(job: VerifyJob): Outcome {
  try {
    return { value: verifyPart(job) };
  } catch (error) {
    return error instanceof Stopped ? { value: [] } : outcomeOf(error);
  }
}

parentPort!.on('message', (job: VerifyJob) => parentPort!.postMessage(outcome(job)));
