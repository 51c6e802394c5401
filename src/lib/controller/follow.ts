import type { RpcClient } from '../rpc/client.js';
import type { ActRecord } from '../rpc/records.js';
import { isFailure } from '../util/errors.js';
import type { Controller } from './controller.js';

export interface FollowLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Acts that failed are planned again at every change; between two tries of a failing tick lies this. */
const PATIENCE_MS = 1000;

/** Ticks each time the node's tip or books change, until aborted. A node that goes away is waited for. */
export async function followNode(
  rpc: RpcClient,
  controller: Controller,
  log: FollowLog,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const _changed of untilAborted(rpc.records('books.follow', {}), signal)) {
        await controller.tick((record) => tell(log, record)).catch((error) => waitable(log, error));
      }
    } catch (error) {
      if (!isFailure(error)) throw error;
      log.warn({ error: error.message }, 'the node does not answer');
    }
    await pause(PATIENCE_MS, signal);
  }
}

/** Ends at once when aborted: on a quiet chain the next line may be long in coming. */
async function* untilAborted<T>(lines: AsyncGenerator<T>, signal: AbortSignal): AsyncGenerator<T> {
  const aborted = new Promise<{ done: true; value: undefined }>((resolve) => {
    const end = () => resolve({ done: true, value: undefined });
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  for (;;) {
    const next = await Promise.race([lines.next(), aborted]);
    if (next.done) return;
    yield next.value;
  }
}

function waitable(log: FollowLog, error: unknown): void {
  if (!isFailure(error)) throw error;
  log.warn({ error: error.message, code: error.code }, 'a tick was put off');
}

function tell(log: FollowLog, record: ActRecord): void {
  const { act, blob, subject, amount_grains, confidence, message } = record;
  const details = { act, blob, subject, amount_grains, confidence, message };
  if (record.status === 'failed') log.warn(details, 'an act failed');
  else log.info(details, 'an act was done');
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, signal.aborted ? 0 : ms);
    signal.addEventListener('abort', done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
  });
}
