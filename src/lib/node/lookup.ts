import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import type { BlobEntry, BountyEntry, KeptContract, OwnedContract } from './entries.js';
import { bountyKey } from './indexer.js';

type Booked = Pick<Context, 'books'>;

export function ownBlob({ books }: Booked, uuid: string): BlobEntry {
  const blob = books.blobs.get(utf8(uuid));
  if (!blob) throw new Failure('not-found', `no blob ${uuid} of this owner's`);
  return blob;
}

export function ownedContract({ books }: Booked, id: string): OwnedContract {
  const contract = books.owned.get(utf8(id));
  if (!contract) throw new Failure('not-found', `no contract ${id}`);
  return contract;
}

export function keptContract({ books }: Booked, id: string): KeptContract {
  const contract = books.kept.get(utf8(id));
  if (!contract) throw new Failure('not-found', `no contract ${id}`);
  return contract;
}

export function bountyOf({ books }: Booked, role: BountyEntry['role'], id: string): BountyEntry | undefined {
  const key = bountyKey(role, id);
  return books.bounties.get(key) ?? books.closed.get(key);
}
