import { invariant } from '../util/errors.js';
import { DEAL_PIECE_BYTES, type DealJob, dealRing } from './dealing.js';
import type { Extent } from './files.js';
import { threadsHere } from './pool.js';
import { onThread, onThreads } from './threads.js';

/** A blob this small is one thread's work before a second has woken up. */
const SMALL_BYTES = 4 * DEAL_PIECE_BYTES;

export interface DeckToDeal {
  /** `deckKey` of the blob. */
  key: Uint8Array;
  dealSlot: number;
  count: number;
}

/**
 * The cards of a deck, 32 bytes each, as bounty/deck's dealer deals them: over all cores, reading the blob once.
 *
 * @param extent the blob's bytes; its file stays open until this settles
 * @throws Failure('temporary') where the file is shorter
 */
export async function dealOnWorkers(
  extent: Extent,
  deck: DeckToDeal,
  threads = extent.size < SMALL_BYTES ? 1 : threadsHere(),
): Promise<Uint8Array[]> {
  const { key, dealSlot, count } = deck;
  const members = Math.min(threads, count);
  invariant(members >= 1, `a deck of ${count} cards`);
  const shared = dealRing(extent.size);
  const jobs = Array.from({ length: members }, (_, member): DealJob => {
    const first = Math.floor((member * count) / members);
    const next = Math.floor(((member + 1) * count) / members);
    return { extent, key, dealSlot, first, count: next - first, members, ...shared };
  });
  const hands = members === 1 ? [await onThread('deal', jobs[0]!)] : await onThreads('deal', jobs);
  return hands.flat();
}
