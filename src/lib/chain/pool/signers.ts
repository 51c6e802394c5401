import { readBounty, type StateView } from '../state.js';
import type { Hash, Tx } from '../types.js';

/**
 * The keys that a transaction must be signed under, in order, where they can be told in advance; else undefined: its
 * rules say. A bounty's id commits to what posted it, so its key is the same whenever it is looked up.
 */
export function signersOf(tx: Tx, view: StateView): Hash[] | undefined {
  if ('from' in tx) return [tx.from];
  if (tx.kind !== 'sweep') return undefined;
  const keys: Hash[] = [];
  for (const { bounty } of tx.entries) {
    const found = readBounty(view, bounty);
    if (!found) return undefined;
    keys.push(found.key);
  }
  return keys;
}
