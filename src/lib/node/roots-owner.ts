import type { BlobOwner } from '../store/blobs-leftovers.js';
import { toHex, utf8 } from '../util/bytes.js';
import type { Books } from './books.js';
import type { BlobEntry } from './entries.js';

/** Placed or given up, an owner's blob needs no copy here. */
const NEEDED: ReadonlySet<BlobEntry['state']> = new Set(['local', 'advertised', 'mia']);

/** Which blobs the books need here: this owner's that no steward has, and those that are kept for pay. */
export function ownerOf(books: Books): BlobOwner {
  const needed = (uuid: string) =>
    NEEDED.has(books.blobs.get(utf8(uuid))?.state ?? 'live') || books.keptSums.keeps(uuid);
  return {
    wanted: async (uuid) => needed(uuid),
    needs: async () => needed,
    exclusive: (work) => books.exclusive(work),
  };
}

/** The blobs whose bytes should be on this machine. */
export async function* expectedHere(books: Books): AsyncGenerator<string> {
  let last: string | undefined;
  for await (const { key } of books.keptByUuid.places()) {
    const uuid = toHex(key);
    if (uuid !== last && books.keptSums.keeps(uuid)) yield uuid;
    last = uuid;
  }
  for await (const [, { uuid, state }] of books.blobs.entries()) {
    if ((state === 'local' || state === 'advertised') && !books.keptSums.keeps(uuid)) yield uuid;
  }
}
