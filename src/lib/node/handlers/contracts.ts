import type { Handlers } from '../../rpc/handlers.js';
import type { ContractRecord } from '../../rpc/records.js';
import { fromHex, utf8 } from '../../util/bytes.js';
import { Failure } from '../../util/errors.js';
import type { Context } from '../context.js';
import { keptRecord, ownedRecord } from '../contract-records.js';
import type { BountyEntry, KeptContract, OwnedContract } from '../entries.js';
import { giveNotice } from '../notice.js';

type ContractHandlers = Pick<Handlers, 'contract.ls' | 'contract.show' | 'contract.end'>;

export function contractHandlers(context: Context): ContractHandlers {
  return {
    'contract.ls': (filter) => list(context, filter),
    'contract.show': ({ contract }) => show(context, contract),
    'contract.end': ({ contract, dryRun }) => giveNotice(context, contract, dryRun),
  };
}

type Filter = Parameters<ContractHandlers['contract.ls']>[0];

async function* list(context: Context, { state, role, blob }: Filter): AsyncGenerator<ContractRecord> {
  const { books } = context;
  const wanted = (entry: OwnedContract | KeptContract) =>
    (state === undefined || entry.state === state) && (blob === undefined || entry.uuid === blob);
  if (role !== 'steward') {
    for await (const [, entry] of books.owned.entries()) if (wanted(entry)) yield ownedRecord(context, entry);
  }
  if (role === 'owner') return;
  for await (const [, entry] of books.kept.entries())
    if (wanted(entry)) yield keptRecord(context, entry, await latestBounty(context, entry));
}

async function show(context: Context, id: string): Promise<ContractRecord> {
  const { books } = context;
  const owned = books.owned.get(utf8(id));
  if (owned) return ownedRecord(context, owned);
  const kept = books.kept.get(utf8(id));
  if (!kept) throw new Failure('not-found', `no contract ${id} here`);
  return keptRecord(context, kept, await latestBounty(context, kept));
}

/** Of a kept contract's payments that can be claimed, or are claimed and not booked, the last. */
async function latestBounty({ books }: Context, { id, uuid }: KeptContract): Promise<BountyEntry | undefined> {
  let latest: { index: number; entry: BountyEntry } | undefined;
  for (const key of await books.bountyIndexes.byUuid.ids({ prefix: fromHex(uuid)! })) {
    const entry = books.bounties.get(key);
    for (const { contract, index } of entry?.items ?? []) {
      if (contract === id && index !== null && index > (latest?.index ?? -1)) latest = { index, entry: entry! };
    }
  }
  return latest?.entry;
}
