import { parentPort } from 'node:worker_threads';
import type { Jobs, Kind, Order } from './jobs.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { Stopped } from './shared.js';

type Doing = { [K in Kind]: (job: Jobs[K]['given']) => Promise<Jobs[K]['made']> };

/** Each with the modules that it needs: a thread starts in a third of the time that all of them take. */
const doing: Doing = {
  hash: async (job) => (await import('./hashing.js')).hashExtent(job),
  answers: async (job) => (await import('./answering.js')).answerBlobs(job),
  key: async (job) => (await import('./hashing.js')).keyOfExtent(job),
  alone: async (job) => (await import('./alone.js')).encodeAlone(job),
  deal: async (job) => (await import('./dealing.js')).dealCards(job),
  vrf: async ({ publicKey, alpha, pi }) => (await import('../crypto/vrf.js')).verify(publicKey, alpha, pi),
  encode: async (job) => (await import('./encoding.js')).encodePart(job),
};

async function outcome<K extends Kind>({ kind, job }: Order<K>): Promise<Outcome> {
  try {
    return { value: await doing[kind](job) };
  } catch (error) {
    // Another thread of the gang failed, and says so itself.
    return error instanceof Stopped ? { value: undefined } : outcomeOf(error);
  }
}

parentPort!.on('message', (order: Order) => {
  void outcome(order).then((ended) => parentPort!.postMessage(ended));
});
