import { utf8 } from '../util/bytes.js';
import type { Context } from './context.js';
import type { BlobEntry, OwnedContract } from './entries.js';

/**
 * Where a blob's next deck would be dealt from (deal.ts), as far as it is known without asking: the bytes here, its
 * steward, which served what it was last asked for, or enough other shares; undefined: nowhere.
 */
export async function dealSource(
  { blobs, books }: Pick<Context, 'blobs' | 'books'>,
  { uuid, file }: Pick<BlobEntry, 'uuid' | 'file'>,
  contract: Pick<OwnedContract, 'lost'> & { spot?: { failures: number } | undefined },
): Promise<'here' | 'steward' | 'shares' | undefined> {
  if ((await blobs.seek(uuid)).place !== undefined) return 'here';
  if (!contract.lost && (contract.spot?.failures ?? 0) === 0) return 'steward';
  const entry = file === null ? undefined : books.files.get(utf8(file));
  // Its own is one of those that live.
  return entry && books.blobIndexes.leastLive(entry.storageIndex) > entry.needed ? 'shares' : undefined;
}
