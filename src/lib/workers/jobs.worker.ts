import { parentPort } from 'node:worker_threads';
import { dealCards } from './dealing.js';
import { encodePart } from './encoding.js';
import { answerExtent, hashExtent, keyOfExtent } from './hashing.js';
import type { Jobs, Kind, Order } from './jobs.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { Stopped } from './shared.js';

type Doing = { [K in Kind]: (job: Jobs[K]['given']) => Jobs[K]['made'] | Promise<Jobs[K]['made']> };

const doing: Doing = {
  hash: hashExtent,
  answer: answerExtent,
  key: keyOfExtent,
  deal: dealCards,
  encode: encodePart,
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
