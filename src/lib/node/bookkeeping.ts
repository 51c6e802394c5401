import { payeeKey } from '../bounty/payee.js';
import type { Address } from '../chain/types.js';
import { afterClaim, shareClaim } from '../plan/interval.js';
import { Batch } from '../store/table.js';
import { equal, utf8 } from '../util/bytes.js';
import { bountyState } from './bounty-state.js';
import type { Context } from './context.js';
import type { BountyEntry, ItemEntry, KeptContract } from './entries.js';
import { leaves } from './funders.js';
import { planned } from './grace.js';

/** Whether what came to `payee` is a payment under a contract: another rule only where a test attacks. */
export type Pays = (of: { contract: KeptContract; item: ItemEntry }, payee: Address | null) => boolean;

/**
 * Books the claims that lie settle_depth deep: what the steward earned, and until when it was paid.
 * Not before: a block that is undone takes its sweep back.
 */
export async function bookClaims(context: Context, pays: Pays = paidUs): Promise<void> {
  const { books, ledger, params } = context;
  const to = ledger.tip.height - params.settleDepth;
  for (const key of await books.bountyIndexes.at('steward', 'claimed', { to }))
    await books.exclusive(() => bookClaim(context, key, pays));
}

async function bookClaim(context: Context, key: Uint8Array, pays: Pays): Promise<void> {
  const { books, params } = context;
  const entry = books.bounties.get(key);
  if (!entry || entry.settled || bountyState(context, entry) !== 'settled') return;
  const parts = partsOf(context, entry, pays);
  const writes = parts.map(({ contract, item, amount }) =>
    books.kept.put(utf8(contract.id), claimed(contract, { ...entry, ...item, amount }, params)),
  );
  const items = entry.items.map((item) => parts.find((part) => part.item === item) ?? { item, amount: item.amount });
  const settled = { ...entry, settled: true, items: items.map(({ item, amount }) => ({ ...item, amount })) };
  await books.commit([...writes, books.bounties.put(key, settled)]);
}

interface Part {
  contract: KeptContract;
  item: ItemEntry;
  amount: bigint;
}

/**
 * What each contract of a bounty earned. Whoever knows a name may post under it: only what came to the
 * agreed payee, the first item's, is a payment (threat 8). A contract named twice earned once, all of it.
 */
function partsOf({ books, params }: Context, entry: BountyEntry, pays: Pays): Part[] {
  const { items, payee, amount, opened } = entry;
  const named = new Map<string, { contract: KeptContract; item: ItemEntry }>();
  for (const item of items) {
    const contract = item.contract === null ? undefined : books.kept.get(utf8(item.contract));
    if (contract && !named.has(contract.id)) named.set(contract.id, { contract, item });
  }
  const all = [...named.values()];
  const [first] = all;
  if (!first || !pays(first, payee)) return [];
  const earned = shareClaim(
    all.map(({ contract }) => planned(contract)),
    { amount, openedSlot: opened ?? 0 },
    params,
  );
  return all.map((part, i) => ({ ...part, amount: earned[i]! }));
}

const paidUs: Pays = ({ contract, item: { index } }, payee) =>
  payee !== null && index !== null && equal(payee, payeeKey(contract.payee, contract.secret, index));

function claimed(
  contract: KeptContract,
  claim: { amount: bigint; opened: number | null; index: number | null },
  params: Context['params'],
): KeptContract {
  const after = afterClaim(planned(contract), { amount: claim.amount, openedSlot: claim.opened ?? 0 }, params);
  return { ...contract, ...after, next: Math.max(contract.next, (claim.index ?? -1) + 1) };
}

/** In one batch, a role: what is left goes after the next block. */
const ARCHIVED_AT_ONCE = 4096;

/**
 * Moves bounties that are over for good out of the way of every tick: closed deeper than any
 * reorganisation goes, booked where they were to be booked, and no contract's latest.
 */
export async function archiveBounties(context: Context): Promise<void> {
  const { books, ledger, params } = context;
  const to = ledger.tip.height - params.k - 1;
  const over = await Promise.all(
    (['owner', 'steward'] as const).map((role) =>
      books.bountyIndexes.at(role, 'over', { to, limit: ARCHIVED_AT_ONCE }),
    ),
  );
  if (over.every(({ length }) => length === 0)) return;
  await books.exclusive(async () => {
    const batch = new Batch();
    for (const key of over.flat()) {
      const entry = books.bounties.get(key);
      if (!entry || !isOver(context, entry)) continue;
      batch.delete(books.bounties, key);
      batch.put(books.closed, key, entry);
      leaves(context, batch, entry);
    }
    await books.commit(batch.writes());
  });
}

function isOver({ books, ledger, params }: Context, entry: BountyEntry): boolean {
  // The latest payment of a contract that is over decides nothing more.
  const isLatest = ({ contract: id }: ItemEntry) => {
    const contract = id === null ? undefined : books.owned.get(utf8(id));
    return contract?.bounty === entry.id && contract.state === 'live';
  };
  if (entry.role === 'owner' && entry.items.some(isLatest)) return false;
  if (entry.failed && entry.openedHeight === null) return true;
  if (entry.closed === null || ledger.tip.height - entry.closed.height <= params.k) return false;
  return entry.closed.how !== 'swept' || entry.settled || (entry.role === 'owner' && entry.items[0]?.contract === null);
}
