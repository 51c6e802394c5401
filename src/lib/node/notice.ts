import { noticedEnd } from '../plan/notice.js';
import type { ContractRecord } from '../rpc/records.js';
import type { Write } from '../store/database.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import { keptRecord, ownedRecord } from './contract-records.js';
import type { KeptContract, OwnedContract } from './entries.js';
import { keptContract } from './lookup.js';

/**
 * Notice by this side. An owner's runs from now on, and goes out with the next poll; a steward's waits in
 * its outbox, and runs from the poll that brings it. Given before, by either side, it stands as it is.
 */
export async function giveNotice(context: Context, id: string, dryRun: boolean): Promise<ContractRecord> {
  const { books } = context;
  const write = async (one: Write) => {
    if (dryRun) return;
    await books.commit([one]);
    context.changes.tell({ kind: 'books' });
  };
  return books.exclusive(async () => {
    const owned = books.owned.get(utf8(id));
    if (owned) {
      const noticed = ownersNotice(context, owned);
      await write(books.owned.put(utf8(id), noticed));
      return ownedRecord(context, noticed);
    }
    const noticed = stewardsNotice(context, keptContract(context, id));
    await write(books.kept.put(utf8(id), noticed));
    return keptRecord(context, noticed, undefined);
  });
}

function ownersNotice(context: Context, contract: OwnedContract): OwnedContract {
  mustLive(contract);
  if (contract.notice) return contract;
  const slot = currentSlot(context);
  const end = noticedEnd(contract, slot, context.params);
  return { ...contract, termSlots: end - contract.startSlot, notice: { by: 'owner', givenSlot: slot, told: false } };
}

function stewardsNotice(context: Context, contract: KeptContract): KeptContract {
  mustLive(contract);
  return { ...contract, notice: contract.notice ?? { by: 'steward', givenSlot: currentSlot(context), told: false } };
}

function mustLive({ id, state }: OwnedContract | KeptContract): void {
  if (state !== 'live') throw new Failure('failure', `contract ${id} is ${state}`);
}
