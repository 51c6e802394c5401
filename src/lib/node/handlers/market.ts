import { readAdvert } from '../../chain/state.js';
import { prunePlan } from '../../plan/prune.js';
import type { Handlers } from '../../rpc/handlers.js';
import type { AdvertRecord, BidRecord, PruneRecord } from '../../rpc/records.js';
import { fromHex, utf8 } from '../../util/bytes.js';
import { Failure, isFailure } from '../../util/errors.js';
import { advertRecord, commitBid } from '../adverts.js';
import type { Answers } from '../answers.js';
import { type Context, currentSlot } from '../context.js';
import type { Keeping } from '../keeping.js';
import { fillPage } from '../pages.js';
import { ask, recall } from '../requests.js';
import type { SeenAdverts } from '../seen.js';
import { isSynced } from '../status.js';
import { debtsOf } from '../steward-snapshot.js';
import { StewardView } from '../steward-view.js';

type MarketHandlers = Pick<Handlers, 'market.ls' | 'market.show' | 'market.bid' | 'steward.prune'>;

export interface MarketParts {
  answers: Answers;
  seen: SeenAdverts;
  keeping: Keeping;
}

export function marketHandlers(context: Context, parts: MarketParts): MarketHandlers {
  return {
    'market.ls': (filter) => listAdverts(context, parts.seen, filter),
    'market.show': async ({ advert }) => showAdvert(context, advert),
    'market.bid': (params) => bidOn(context, params),
    'steward.prune': (params) => prune(context, parts, params),
  };
}

type Filter = Parameters<MarketHandlers['market.ls']>[0];

/** What stands on the ledger, then this wallet's own that no block has taken yet. */
async function* listAdverts(context: Context, seen: SeenAdverts, filter: Filter): AsyncGenerator<AdvertRecord> {
  const { books, ledger } = context;
  const paid = ({ reserve }: { reserve: bigint }) => filter.minPrice === undefined || reserve >= filter.minPrice;
  for (const { id, advert } of seen.current(context)) {
    if (!paid(advert) || (filter.open && ledger.tip.slot > advert.closes)) continue;
    yield advertRecord(context, id, books.adverts.get(utf8(id)));
  }
  if (filter.open) return;
  for await (const [, entry] of books.adverts.entries()) {
    if (!paid(entry) || readAdvert(ledger.state, fromHex(entry.id)!)) continue;
    const record = advertRecord(context, entry.id, entry);
    if (record.state === 'pending') yield record;
  }
}

function showAdvert(context: Context, id: string): AdvertRecord {
  const { books, ledger } = context;
  const entry = books.adverts.get(utf8(id));
  if (!entry && !readAdvert(ledger.state, fromHex(id)!)) {
    throw new Failure('not-found', `no advert ${id} on the ledger, and none of this wallet's`);
  }
  return advertRecord(context, id, entry);
}

type BidParams = Parameters<MarketHandlers['market.bid']>[0];

async function* bidOn(context: Context, params: BidParams): AsyncGenerator<BidRecord> {
  const { books } = context;
  const { adverts, price, requestId, dryRun } = params;
  let left = params.maxSpend;
  for (const advert of adverts) {
    const id = requestId === undefined ? undefined : `${requestId}/${advert}`;
    const asked = ask('market.bid', { price, advert, requestId: id });
    const { bid, cost } = await books.exclusive(async () => {
      const known = recall(books, asked) && books.bids.get(fromHex(advert)!);
      if (known) return { bid: known, cost: 0n };
      return commitBid(context, { advert, price, asked, dryRun, maxSpend: left });
    });
    if (left !== undefined) left -= cost;
    yield {
      ...{ type: 'bid', advert, price_grains: bid.price.toString(), capacity: null, term_days: bid.term },
      ...{ txid: bid.commitTx, spent_grains: cost.toString() },
    };
  }
}

/** Oldest debt first, what is asked and no more; never a blob with a bounty that its bytes answer. */
async function* prune(
  context: Context,
  { answers, keeping }: MarketParts,
  params: { freeBytes?: number | undefined; dryRun: boolean },
): AsyncGenerator<PruneRecord> {
  if (!isSynced(context)) {
    throw new Failure(
      'temporary',
      'the node is not synced: what looks unpaid may be paid',
      'wait with holdfast node wait',
    );
  }
  const { ledger, network } = context;
  const now = {
    ...{ slot: currentSlot(context), height: ledger.tip.height, synced: true },
    ...{ peers: network.peers().length, params: context.params },
  };
  const view = new StewardView(context);
  await fillPage([view.prunable(now.slot)], null, Number.MAX_SAFE_INTEGER);
  await view.complete();
  const { contracts, claimable } = await debtsOf(answers, view);
  let missing: unknown;
  for (const act of prunePlan({ now, contracts, claimable, freeBytes: params.freeBytes })) {
    try {
      if (!params.dryRun) await keeping.prune(act.uuid, act.contracts);
    } catch (error) {
      // What a disk that is not there holds stays as it is; the others are pruned all the same.
      if (!isFailure(error) || error.code !== 'temporary') throw error;
      missing ??= error;
      continue;
    }
    yield { type: 'prune', uuid: act.uuid, bytes: act.bytes, reason: act.reason, planned: params.dryRun };
  }
  if (missing) throw missing;
}
