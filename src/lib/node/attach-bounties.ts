import { readBounty } from '../chain/state.js';
import { toHex } from '../util/bytes.js';
import { type Context, currentSlot } from './context.js';
import type { BountyEntry, PostedBounty } from './entries.js';
import { bountyKey, postedKey } from './indexer.js';
import { bountyOf } from './lookup.js';

type Needs = Pick<Context, 'books' | 'ledger' | 'params' | 'clock'>;

/** Changes to the books that are made at once: what strangers posted is no reason to hold up a block. */
const ENTRIES_A_TURN = 256;

/**
 * Open bounties that were posted before the bytes they are for came here, carried into the books, as the
 * indexer does with those that come after. The ledger's state knows a bounty by id alone, and keeps the
 * hash of its items: so the indexer remembers what it could not match (AREAS.POSTED), until it expires.
 *
 * @param holds whether a blob's bytes are here now
 * @returns how many were carried over
 */
export async function claimPosted(context: Needs, holds: (uuid: string) => boolean): Promise<number> {
  const { books } = context;
  const due: PostedBounty[] = [];
  let claimed = 0;
  for await (const [, posted] of books.posted.entries()) {
    if (!isOver(context, posted) && !holds(toHex(posted.item.name))) continue;
    if (due.push(posted) < ENTRIES_A_TURN) continue;
    claimed += await carryOver(context, due.splice(0));
  }
  return claimed + (await carryOver(context, due));
}

/** No reorganisation brings back a chance to sweep it that a claim window did not. */
function isOver({ ledger, params, ...context }: Needs, { expires }: PostedBounty): boolean {
  const slot = Math.min(ledger.tip.slot, currentSlot({ params, ...context }));
  return slot > expires + params.derived.claimWindowSlots;
}

function carryOver(context: Needs, due: readonly PostedBounty[]): Promise<number> {
  const { books } = context;
  return books.exclusive(async () => {
    // A block may have taken one back meanwhile.
    const still = due.filter(({ item, id }) => books.posted.get(postedKey(item, id)) !== undefined);
    const entries = still.flatMap((posted) => (isOver(context, posted) ? [] : (entryOf(context, posted) ?? [])));
    await books.commit([
      ...still.map(({ item, id }) => books.posted.delete(postedKey(item, id))),
      ...entries.map((entry) => books.bounties.put(bountyKey('steward', entry.id), entry)),
    ]);
    return entries.length;
  });
}

/** undefined where there is nothing left to claim, or it is in the books by now. */
function entryOf(context: Needs, { id, txid, item, openedHeight }: PostedBounty): BountyEntry | undefined {
  const { ledger } = context;
  const bounty = readBounty(ledger.state, id);
  if (!bounty || bountyOf(context, 'steward', toHex(id))) return undefined;
  const { key, amount, payee, opened, expires } = bounty;
  return {
    ...{ id: toHex(id), role: 'steward', txid },
    items: [{ uuid: toHex(item.name), contract: null, index: null, item, amount: 0n }],
    ...{ key, amount, payee, openedHeight, opened, expires },
    ...{ closed: null, fits: null, failed: false, closing: null, settled: false },
  };
}
