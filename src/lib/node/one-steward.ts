import { nearsEnd } from '../plan/notice.js';
import { fromHex, utf8 } from '../util/bytes.js';
import type { Books } from './books.js';
import { type Context, currentSlot } from './context.js';
import type { AdvertEntry, LotEntry } from './entries.js';

/**
 * A blob goes to one steward, whatever adverts list it: the operator's, the controller's next one, one whose award
 * was cut off and is tried again. Each is paid for, and a second contract would be paid for ever.
 */

/** Whether a contract pays for the blob that is not about to give way to a next one. */
export async function isPlaced({ books, params, ...rest }: Context, uuid: string): Promise<boolean> {
  const slot = currentSlot({ params, ...rest });
  for (const id of await books.ownedIndexes.byUuid.ids({ prefix: fromHex(uuid)! })) {
    const contract = books.owned.get(id);
    if (contract?.state === 'live' && !nearsEnd(contract, slot, params)) return true;
  }
  return false;
}

/** Blobs on their way to a winner, in this process: no other award may begin to hand them over. */
const onTheirWay = new WeakMap<Books, Set<string>>();

/** Does `work` unless the blob is on its way through another advert; then undefined, and nothing is done. */
export async function handingOver<T>({ books }: Context, uuid: string, work: () => Promise<T>): Promise<T | undefined> {
  const busy = onTheirWay.get(books) ?? new Set();
  onTheirWay.set(books, busy);
  if (busy.has(uuid)) return undefined;
  busy.add(uuid);
  try {
    return await work();
  } finally {
    busy.delete(uuid);
  }
}

/**
 * The other adverts, where the blob waits for a winner that was made an offer once: they take it back. That winner may
 * have signed, and even have the bytes; it is not paid, and prunes them.
 */
export async function withdrawn({ books }: Context, uuid: string, advertId: string): Promise<AdvertEntry[]> {
  const others: AdvertEntry[] = [];
  for (const id of await books.advertIndexes.byUuid.ids({ prefix: fromHex(uuid)! })) {
    const entry = books.adverts.get(id);
    const offered = (lot: LotEntry) => lot.uuid === uuid && lot.state === 'waiting' && lot.offer !== null;
    if (!entry || entry.id === advertId || !entry.lots.some(offered)) continue;
    others.push({ ...entry, lots: entry.lots.map((lot) => (offered(lot) ? { ...lot, state: 'unfilled' } : lot)) });
  }
  return others;
}

export function putAdvert({ books }: Context, entry: AdvertEntry) {
  return books.adverts.put(utf8(entry.id), entry);
}
