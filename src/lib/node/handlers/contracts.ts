import type { Handlers } from '../../rpc/handlers.js';
import type { ContractRecord } from '../../rpc/records.js';
import { utf8 } from '../../util/bytes.js';
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
  const latest = await latestBounties(context);
  for await (const [, entry] of books.kept.entries())
    if (wanted(entry)) yield keptRecord(context, entry, latest.get(entry.id));
}

async function show(context: Context, id: string): Promise<ContractRecord> {
  const { books } = context;
  const owned = books.owned.get(utf8(id));
  if (owned) return ownedRecord(context, owned);
  const kept = books.kept.get(utf8(id));
  if (!kept) throw new Failure('not-found', `no contract ${id} here`);
  return keptRecord(context, kept, (await latestBounties(context)).get(id));
}

/** Of each kept contract's payments that are not booked yet, the last. */
async function latestBounties({ books }: Context): Promise<Map<string, BountyEntry>> {
  const latest = new Map<string, { index: number; entry: BountyEntry }>();
  for await (const [, entry] of books.bounties.entries()) {
    if (entry.role !== 'steward' || entry.settled) continue;
    for (const { contract, index } of entry.items) {
      const known = contract === null ? undefined : latest.get(contract);
      if (contract !== null && index !== null && (known?.index ?? -1) < index) latest.set(contract, { index, entry });
    }
  }
  return new Map([...latest].map(([contract, { entry }]) => [contract, entry]));
}
