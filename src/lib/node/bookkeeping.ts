import { payeeKey } from '../bounty/payee.js';
import { afterClaim } from '../plan/interval.js';
import { equal, utf8 } from '../util/bytes.js';
import { bountyState } from './bounty-state.js';
import type { Context } from './context.js';
import type { BountyEntry, KeptContract } from './entries.js';

/**
 * Books the claims that lie settle_depth deep: what the steward earned, and until when it was paid.
 * Not before: a block that is undone takes its sweep back.
 */
export async function bookClaims(context: Context): Promise<void> {
  const { books, ledger, params } = context;
  const to = ledger.tip.height - params.settleDepth;
  for (const key of await books.bountyIndexes.at('steward', 'claimed', { to }))
    await books.exclusive(() => bookClaim(context, key));
}

async function bookClaim(context: Context, key: Uint8Array): Promise<void> {
  const { books, params } = context;
  const entry = books.bounties.get(key);
  if (!entry || entry.settled || bountyState(context, entry) !== 'settled') return;
  const named = entry.contract === null ? undefined : books.kept.get(utf8(entry.contract));
  // Whoever knows a name may post under it: only what came to the agreed payee is a payment (threat 8).
  const contract = named && paidUs(named, entry) ? named : undefined;
  const writes = [books.bounties.put(key, { ...entry, settled: true })];
  if (contract) writes.push(books.kept.put(utf8(contract.id), claimed(contract, entry, params)));
  await books.commit(writes);
}

function paidUs(contract: KeptContract, { payee, index }: BountyEntry): boolean {
  return payee !== null && index !== null && equal(payee, payeeKey(contract.payee, contract.secret, index));
}

function claimed(contract: KeptContract, entry: BountyEntry, params: Context['params']): KeptContract {
  const view = { ...contract, state: 'live' as const, openBounty: null };
  const after = afterClaim(view, { amount: entry.amount, openedSlot: entry.opened ?? 0 }, params);
  return { ...contract, ...after, next: Math.max(contract.next, (entry.index ?? -1) + 1) };
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
    const writes = over.flat().flatMap((key) => {
      const entry = books.bounties.get(key);
      return entry && isOver(context, entry) ? [books.bounties.delete(key), books.closed.put(key, entry)] : [];
    });
    await books.commit(writes);
  });
}

function isOver({ books, ledger, params }: Context, entry: BountyEntry): boolean {
  const contract =
    entry.contract === null || entry.role === 'steward' ? undefined : books.owned.get(utf8(entry.contract));
  // The latest payment of a contract that is over decides nothing more.
  if (contract?.bounty === entry.id && contract.state === 'live') return false;
  if (entry.failed && entry.openedHeight === null) return true;
  if (entry.closed === null || ledger.tip.height - entry.closed.height <= params.k) return false;
  return entry.closed.how !== 'swept' || entry.settled || (entry.role === 'owner' && entry.contract === null);
}
