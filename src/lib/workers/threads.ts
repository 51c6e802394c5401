import type { Jobs, Kind, Order } from './jobs.js';
import { Pool, threadsHere } from './pool.js';
import { Counters } from './shared.js';

/** This process's threads. */
const pool = new Pool(new URL('./jobs.worker.js', import.meta.url), threadsHere());

export async function onThread<K extends Kind>(kind: K, job: Jobs[K]['given']): Promise<Jobs[K]['made']> {
  const order: Order<K> = { kind, job };
  return (await pool.run(order)) as Jobs[K]['made'];
}

/** Jobs that run at once and share counters. What the first of them to fail threw is thrown once all have ended. */
export async function onThreads<K extends Kind>(
  kind: K,
  jobs: readonly (Jobs[K]['given'] & { counters: SharedArrayBuffer })[],
): Promise<Jobs[K]['made'][]> {
  const orders = jobs.map((job): Order<K> => ({ kind, job }));
  const stop = () => new Counters(jobs[0]!.counters).stop();
  return (await pool.gang(orders, stop)) as Jobs[K]['made'][];
}
