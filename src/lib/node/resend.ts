import { LedgerError } from '../chain/errors.js';
import { fromHex, utf8 } from '../util/bytes.js';
import type { Context } from './context.js';
import { currentSlot } from './context.js';
import type { PendingTx } from './entries.js';

/** Rules that say nothing against a transaction: it waits for another one, or for room. */
const WAITING = new Set([
  'seq-high',
  'known',
  'pool-full',
  'underpriced',
  'ref-unknown',
  'reveal-early',
  'bounty-live',
]);

/**
 * Sends again what a restart or a reorganisation took out of the pool. What is refused for settle_depth
 * blocks on end is booked as failed, so that the plan makes it anew: not sooner, for others may hold a
 * transaction that this pool has lost, and mine it.
 */
export async function resendPending(context: Context): Promise<void> {
  const { books, ledger, mempool, network, params } = context;
  const deep = await books.pendingIndexes.includedBy(ledger.tip.height - params.k - 1);
  await books.exclusive(() => books.commit(deep.map((txid) => books.pending.delete(txid))));
  for (const txid of await books.pendingIndexes.waiting()) {
    const pending = books.pending.get(txid);
    if (pending?.includedHeight !== null) continue;
    if (mempool.has(fromHex(pending.txid)!)) continue;
    try {
      mempool.add(pending.bytes, currentSlot(context));
      void network.publishTx(pending.bytes);
      if (pending.refusedHeight !== null) await markRefused(context, pending, null);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      if (WAITING.has(error.rule)) continue;
      if (pending.refusedHeight === null) await markRefused(context, pending, ledger.tip.height);
      else if (ledger.tip.height - pending.refusedHeight > params.settleDepth)
        await bookFailure(context, pending, error.rule);
    }
  }
}

async function markRefused({ books }: Context, { txid }: PendingTx, refusedHeight: number | null): Promise<void> {
  await books.exclusive(async () => {
    const now = books.pending.get(utf8(txid));
    if (now?.includedHeight === null) await books.commit([books.pending.put(utf8(txid), { ...now, refusedHeight })]);
  });
}

/** Another transaction of the same request: while one stands, the request is not made again. */
async function hasSibling({ books }: Context, { txid, requestId }: PendingTx): Promise<boolean> {
  const made = await books.pendingIndexes.ofRequest(requestId!);
  return made.some((other) => Buffer.from(other).toString() !== txid);
}

/** The transaction will not be included: what waited for it waits no longer, and its request id is free. */
async function bookFailure(context: Context, pending: PendingTx, rule: string): Promise<void> {
  const { books, log } = context;
  log.warn({ txid: pending.txid, kind: pending.kind, rule }, 'a transaction can no longer be included');
  await books.exclusive(async () => {
    // A block may have taken it in while this waited its turn.
    if (books.pending.get(utf8(pending.txid))?.includedHeight !== null) return;
    const writes = [books.pending.delete(utf8(pending.txid))];
    if (pending.requestId && !(await hasSibling(context, pending)))
      writes.push(books.requests.delete(utf8(pending.requestId)));
    const tx = { prefix: utf8(pending.txid) };
    for (const key of await books.bountyIndexes.byTx.ids(tx)) {
      const entry = books.bounties.get(key)!;
      if (entry.closing === pending.txid) writes.push(books.bounties.put(key, { ...entry, closing: null }));
      else if (entry.role === 'owner') writes.push(books.bounties.put(key, { ...entry, failed: true }));
    }
    const advert = books.adverts.get(tx.prefix);
    if (advert) writes.push(books.adverts.put(tx.prefix, { ...advert, failed: true }));
    for (const id of await books.bidsByTx.ids(tx)) {
      const bid = books.bids.get(id)!;
      if (bid.commitTx === pending.txid) writes.push(books.bids.delete(id));
      else writes.push(books.bids.put(id, { ...bid, revealTx: null }));
    }
    await books.commit(writes);
  });
}
