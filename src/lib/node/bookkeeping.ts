import { payeeKey } from '../bounty/payee.js';
import { afterClaim } from '../plan/interval.js';
import { equal, utf8 } from '../util/bytes.js';
import { bountyState } from './bounty-state.js';
import type { Context } from './context.js';
import type { BountyEntry, KeptContract } from './entries.js';
import { bountyKey, type Indexer } from './indexer.js';

/**
 * Books the claims that lie settle_depth deep: what the steward earned, and until when it was paid.
 * Not before: a block that is undone takes its sweep back.
 */
export async function bookClaims(context: Context, indexer: Indexer): Promise<void> {
  const { books } = context;
  for await (const [, entry] of books.bounties.entries()) {
    if (entry.role !== 'steward' || entry.settled || bountyState(context, entry) !== 'settled') continue;
    await books.exclusive(() => bookClaim(context, indexer, entry.id));
  }
}

async function bookClaim(context: Context, indexer: Indexer, id: string): Promise<void> {
  const { books, params } = context;
  const key = bountyKey('steward', id);
  const entry = books.bounties.get(key);
  if (!entry || entry.settled) return;
  const named = entry.contract === null ? undefined : books.kept.get(utf8(entry.contract));
  // Whoever knows a name may post under it: only what came to the agreed payee is a payment (threat 8).
  const contract = named && paidUs(named, entry) ? named : undefined;
  const writes = [books.bounties.put(key, { ...entry, settled: true })];
  if (contract) writes.push(books.kept.put(utf8(contract.id), claimed(contract, entry, params)));
  await books.commit(writes);
  if (contract && entry.index !== null) indexer.names.advance(contract.id, entry.index + 1);
}

function paidUs(contract: KeptContract, { payee, index }: BountyEntry): boolean {
  return payee !== null && index !== null && equal(payee, payeeKey(contract.payee, contract.secret, index));
}

function claimed(contract: KeptContract, entry: BountyEntry, params: Context['params']): KeptContract {
  const view = { ...contract, state: 'live' as const, openBounty: null };
  const after = afterClaim(view, { amount: entry.amount, openedSlot: entry.opened ?? 0 }, params);
  return { ...contract, ...after, next: Math.max(contract.next, (entry.index ?? -1) + 1) };
}

/**
 * Moves bounties that are over for good out of the way of every tick: closed deeper than any
 * reorganisation goes, booked where they were to be booked, and no contract's latest.
 */
export async function archiveBounties(context: Context): Promise<void> {
  const { books } = context;
  const over: string[] = [];
  for await (const [, entry] of books.bounties.entries())
    if (isOver(context, entry)) over.push(`${entry.role}/${entry.id}`);
  if (over.length === 0) return;
  await books.exclusive(async () => {
    const writes = over.flatMap((name) => {
      const key = utf8(name);
      const entry = books.bounties.get(key);
      return entry && isOver(context, entry) ? [books.bounties.delete(key), books.closed.put(key, entry)] : [];
    });
    await books.commit(writes);
  });
}

function isOver({ books, ledger, params }: Context, entry: BountyEntry): boolean {
  const contract =
    entry.contract === null || entry.role === 'steward' ? undefined : books.owned.get(utf8(entry.contract));
  if (contract?.bounty === entry.id) return false;
  if (entry.failed && entry.openedHeight === null) return true;
  if (entry.closed === null || ledger.tip.height - entry.closed.height <= params.k) return false;
  return entry.closed.how !== 'swept' || entry.settled || (entry.role === 'owner' && entry.contract === null);
}
