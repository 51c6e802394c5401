import type { VrfVerifier } from '../chain/stake/leader.js';
import { verify } from '../crypto/vrf.js';
import type { Order } from './jobs.js';
import { Pool } from './pool.js';

/** Proofs a second that are checked here, half a millisecond each: sooner than a thread would be there. */
const FEW = 16;

/** A thread of its own: one that hashes a long file meanwhile must not hold up the chain. */
const pool = new Pool(new URL('./jobs.worker.js', import.meta.url), 1);

/**
 * Headers that come one by one are checked at once; where many come, as to a node that catches up, they are left to a
 * thread, so that whoever waits for an answer of this process meanwhile gets it.
 * @param now milliseconds of a clock that never goes back
 */
export function vrfOnWorker(now: () => number = () => performance.now(), beyond: VrfVerifier = onThread): VrfVerifier {
  let [since, count] = [now(), 0];
  return async (publicKey, alpha, pi) => {
    if (now() - since >= 1000) [since, count] = [now(), 0];
    count += 1;
    if (count <= FEW) return verify(publicKey, alpha, pi);
    return beyond(publicKey, alpha, pi);
  };
}

const onThread: VrfVerifier = async (publicKey, alpha, pi) => {
  const order: Order<'vrf'> = { kind: 'vrf', job: { publicKey, alpha, pi } };
  return (await pool.run(order)) as Uint8Array | undefined;
};
