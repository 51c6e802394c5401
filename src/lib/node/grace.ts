import { pauseFor } from '../plan/interval.js';
import type { StewardContract } from '../plan/types.js';
import { utf8 } from '../util/bytes.js';
import type { Context } from './context.js';
import type { BountyEntry, KeptContract } from './entries.js';

/** A contract as the plan's arithmetic takes it; whatever is posted under it is not looked at. */
export function planned(contract: KeptContract): StewardContract {
  return { ...contract, pause: contract.pause ?? null, openBounty: null };
}

/**
 * A batch cannot be claimed, for blobs of it are not here as they should be: the grace of the other
 * contracts of the batch pauses, while the owner finds out by halves which are gone.
 */
export function pauseOthers(context: Context, batch: BountyEntry, bad: ReadonlySet<string>): Promise<void> {
  const { books, params } = context;
  const { items, opened } = batch;
  return books.exclusive(async () => {
    const writes = items.flatMap(({ uuid, contract: id }) => {
      const contract = id === null || bad.has(uuid) ? undefined : books.kept.get(utf8(id));
      if (contract?.state !== 'live' || opened === null) return [];
      const pause = pauseFor(planned(contract), { items: items.length, openedSlot: opened }, params);
      return pause ? [books.kept.put(utf8(contract.id), { ...contract, pause })] : [];
    });
    if (writes.length > 0) await books.commit(writes);
  });
}
