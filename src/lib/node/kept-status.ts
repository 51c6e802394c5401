import { type Outlook, outlook } from '../plan/outlook.js';
import type { StewardBounty } from '../plan/types.js';
import type { KeptRecord } from '../rpc/records.js';
import type { StewardTotals } from '../rpc/results.js';
import { compare, toHex } from '../util/bytes.js';
import { bountyState } from './bounty-state.js';
import { type Context, currentSlot, timeOf } from './context.js';
import type { KeptContract } from './entries.js';
import { planned } from './grace.js';
import { grouped } from './pages.js';
import type { SeenAdverts } from './seen.js';
import { diskOf } from './steward-snapshot.js';

interface Kept {
  uuid: string;
  size: number;
  contracts: number;
  bounty: string | null;
  outlook: Outlook;
}

/** Blobs kept for others, as they stand now, in the order of their UUIDs. */
export async function* keptRecords(context: Context): AsyncGenerator<KeptRecord> {
  for await (const { uuid, size, contracts, bounty, outlook } of keptBlobs(context)) {
    const { state, earned, owed, next, keptUntilSlot, endSlot } = outlook;
    const keptUntil = Number.isFinite(keptUntilSlot) ? keptUntilSlot : null;
    yield {
      ...{ type: 'kept', uuid, size, state, contracts },
      ...{ earned_grains: earned.toString(), owed_grains: owed.toString() },
      ...{ next_slot: next?.slot ?? null, next: timeOf(context, next?.slot) },
      next_amount_grains: next?.amount.toString() ?? null,
      ...{ kept_until_slot: keptUntil, kept_until: timeOf(context, keptUntil), end_slot: endSlot, bounty },
    };
  }
}

/** The same added up, in one pass that keeps no blob. */
export async function keptTotals(context: Context, seen: SeenAdverts): Promise<StewardTotals> {
  const sums = { blobs: 0, contracts: 0, late: 0, prunable: 0, prunable_bytes: 0, stored_bytes: 0 };
  let owed = 0n;
  let next = Number.POSITIVE_INFINITY;
  let end = -1;
  for await (const { size, contracts, outlook } of keptBlobs(context)) {
    sums.blobs += 1;
    sums.contracts += contracts;
    sums.stored_bytes += size;
    if (outlook.state === 'late') sums.late += 1;
    if (outlook.state === 'prunable') {
      sums.prunable += 1;
      sums.prunable_bytes += size;
    }
    owed += outlook.owed;
    next = Math.min(next, outlook.next?.slot ?? next);
    end = Math.max(end, outlook.endSlot);
  }
  const nextSlot = Number.isFinite(next) ? next : null;
  const endSlot = end < 0 ? null : end;
  const { committedBytes, freeBytes } = await diskOf(context, seen.current(context));
  return {
    ...sums,
    ...{ earned_grains: context.books.turnover.get().earned.toString(), owed_grains: owed.toString() },
    ...{ next_slot: nextSlot, next: timeOf(context, nextSlot) },
    ...{ last_end_slot: endSlot, last_end: timeOf(context, endSlot) },
    ...{ committed_bytes: committedBytes, free_bytes: freeBytes },
  };
}

/** Contracts and open bounties lie in indexes by UUID: both are walked once, side by side. */
async function* keptBlobs(context: Context): AsyncGenerator<Kept> {
  const { books } = context;
  const bounties = grouped(books.bountyIndexes.byUuid.places());
  let open = await bounties.next();
  try {
    for await (const { key, ids } of grouped(books.keptByUuid.places())) {
      while (!open.done && compare(open.value.key, key) < 0) open = await bounties.next();
      const contracts = ids.flatMap((id) => books.kept.get(id) ?? []);
      if (contracts.every(({ state }) => state === 'pruned')) continue;
      const mine = !open.done && compare(open.value.key, key) === 0 ? open.value.ids : [];
      yield keptBlob(context, toHex(key), contracts, mine);
    }
  } finally {
    await bounties.return(undefined);
  }
}

function keptBlob(context: Context, uuid: string, entries: readonly KeptContract[], ids: readonly Uint8Array[]): Kept {
  const { books, params } = context;
  const bounties = ids.flatMap((id): StewardBounty[] => {
    const entry = books.bounties.get(id);
    const state = entry && bountyState(context, entry);
    if (state !== 'open' && state !== 'claimed') return [];
    return [{ id: entry!.id, expiresSlot: entry!.expires ?? 0, fits: entry!.fits, claimed: state === 'claimed' }];
  });
  const contracts = entries.map((entry) => ({ ...planned(entry), state: entry.state }));
  return {
    uuid,
    size: entries[0]!.size,
    contracts: entries.filter(({ state }) => state !== 'pruned').length,
    bounty: bounties.find(({ fits }) => fits !== false)?.id ?? null,
    outlook: outlook(contracts, bounties, { slot: currentSlot(context), params }),
  };
}
