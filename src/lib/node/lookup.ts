import { fromHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Stage } from './bounty-stages.js';
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

/** A steward's contracts on a blob, those that were pruned left out. */
export async function keptOn({ books }: Booked, uuid: string): Promise<KeptContract[]> {
  const ids = await books.keptByUuid.ids({ prefix: fromHex(uuid)! });
  return ids.flatMap((id) => books.kept.get(id) ?? []).filter(({ state }) => state !== 'pruned');
}

/** Bounties in a stage, soonest first, from one slot or height up to and with another. */
export async function bountiesAt(
  { books }: Booked,
  role: BountyEntry['role'],
  stage: Stage,
  range: { from?: number; to?: number; limit?: number } = {},
): Promise<BountyEntry[]> {
  return (await books.bountyIndexes.at(role, stage, range)).flatMap((key) => books.bounties.get(key) ?? []);
}
