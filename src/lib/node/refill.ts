import { DECK_LOW } from '../plan/policy.js';
import { u16be, utf8 } from '../util/bytes.js';
import type { Books } from './books.js';
import type { Context } from './context.js';
import type { BlobEntry, OwnedContract } from './entries.js';

/**
 * Where a blob's next deck would be dealt from (deal.ts), as far as it is known without asking: the bytes here, its
 * steward, which served what it was last asked for, or enough other shares; undefined: nowhere.
 */
export async function dealSource(
  { blobs, books }: Pick<Context, 'blobs' | 'books'>,
  { uuid, file }: Pick<BlobEntry, 'uuid' | 'file'>,
  { spot }: Pick<OwnedContract, 'spot'>,
): Promise<'here' | 'steward' | 'shares' | undefined> {
  if ((await blobs.seek(uuid)).place !== undefined) return 'here';
  if ((spot?.failures ?? 0) === 0) return 'steward';
  const entry = file === null ? undefined : books.files.get(utf8(file));
  // Its own is one of those that live.
  return entry && books.blobIndexes.leastLive(entry.storageIndex) > entry.needed ? 'shares' : undefined;
}

/** Held in memory while decks are looked at: where more are low, each is taken to be. */
const LOW_MAX = 1 << 16;

/** Blobs with few cards left, found without reading the others' decks. */
export class LowDecks {
  private constructor(
    private readonly uuids: ReadonlySet<string>,
    private readonly whole: boolean,
  ) {}

  static async find({ blobIndexes }: Pick<Books, 'blobIndexes'>, limit = LOW_MAX): Promise<LowDecks> {
    const low = await blobIndexes.byCards.ids({ below: u16be(DECK_LOW), limit });
    return new LowDecks(new Set(low.map((uuid) => Buffer.from(uuid).toString())), low.length < limit);
  }

  /** Whether so many payments may take more cards than the blob's deck has. */
  mayEnd(uuid: string, payments: number): boolean {
    return payments > DECK_LOW || !this.whole || this.uuids.has(uuid);
  }
}
