import { toHex } from '../../util/bytes.js';
import { enforce } from '../errors.js';
import type { Tx } from '../types.js';
import { claimOfSeq } from './claims.js';
import type { Entry } from './entry.js';

/** So many more of the sender may stand on what is replaced: all of them are applied anew. */
const FOLLOWERS_MAX = 1024;

/**
 * Whether a transaction may take the place of those that have what it claims: its fee, in all and by weight, must
 * exceed theirs by an eighth, so that nobody makes the network carry the same again and again for nothing (BIP 125,
 * rules 3 to 5). Gives its place: that of the first of them, so that what follows may still stand.
 */
export function checkReplacement(
  tx: Tx,
  rate: number,
  rivals: ReadonlySet<Entry>,
  claims: ReadonlyMap<string, Entry>,
): number {
  let [fees, best, order] = [0n, 0, Number.POSITIVE_INFINITY];
  for (const rival of rivals) {
    fees += rival.tx.fee;
    best = Math.max(best, rival.rate);
    order = Math.min(order, rival.order);
    enforce(followers(rival, claims) <= FOLLOWERS_MAX, 'underpriced', 'too many stand on what it would replace');
  }
  enforce(8n * tx.fee >= 9n * fees && 8 * rate >= 9 * best, 'underpriced', `at least ${(9n * fees + 7n) / 8n} grains`);
  return order;
}

function followers({ tx }: Entry, claims: ReadonlyMap<string, Entry>): number {
  if (!('seq' in tx)) return 0;
  const sender = toHex(tx.from);
  let count = 0;
  while (count <= FOLLOWERS_MAX && claims.has(claimOfSeq(sender, tx.seq + BigInt(count + 1)))) count += 1;
  return count;
}
