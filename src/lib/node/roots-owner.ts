import type { BlobOwner } from '../store/blobs-leftovers.js';
import { utf8 } from '../util/bytes.js';
import type { Books } from './books.js';
import type { BlobEntry } from './entries.js';

/** Placed or given up, an owner's blob needs no copy here. */
const NEEDED: ReadonlySet<BlobEntry['state']> = new Set(['local', 'advertised', 'mia']);

/** Which blobs the books need here: this owner's that no steward has, and those that are kept for pay. */
export function ownerOf(books: Books): BlobOwner {
  const own = (uuid: string) => NEEDED.has(books.blobs.get(utf8(uuid))?.state ?? 'live');
  return {
    async wanted(uuid) {
      if (own(uuid)) return true;
      for await (const [, contract] of books.kept.entries()) {
        if (contract.uuid === uuid && contract.state !== 'pruned') return true;
      }
      return false;
    },
    async needs() {
      const kept = new Set<string>();
      for await (const [, { uuid, state }] of books.kept.entries()) if (state !== 'pruned') kept.add(uuid);
      return (uuid) => own(uuid) || kept.has(uuid);
    },
    exclusive: (work) => books.exclusive(work),
  };
}

/** The blobs whose bytes should be on this machine. */
export async function* expectedHere(books: Books): AsyncGenerator<string> {
  const kept = new Set<string>();
  for await (const [, { uuid, state }] of books.kept.entries()) if (state !== 'pruned') kept.add(uuid);
  yield* kept;
  for await (const [, { uuid, state }] of books.blobs.entries()) {
    if ((state === 'local' || state === 'advertised') && !kept.has(uuid)) yield uuid;
  }
}
