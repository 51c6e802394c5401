import { cardsLeft } from '../bounty/deck.js';
import { AheadSum, lastOf } from '../plan/ahead.js';
import { netOf, roomOf } from '../plan/budget.js';
import { nearsEndSlot } from '../plan/due.js';
import { termEnd } from '../plan/interval.js';
import type { ControllerRecord, RiskRecord } from '../rpc/records.js';
import { toHex, utf8 } from '../util/bytes.js';
import { rfc3339 } from '../util/clock.js';
import { type Context, currentSlot, timeOf } from './context.js';
import type { OwnedContract } from './entries.js';
import { following, type TermsAsked } from './follow-terms.js';
import { feesOf, purse } from './funders.js';
import { planned } from './grace.js';
import type { Lookers } from './lookers.js';
import { grouped } from './pages.js';
import { dealSource, LowDecks } from './refill.js';
import { dust, paymentOf } from './snapshot.js';

export type AheadAsk = TermsAsked & {
  days: number;
  spendPerDay: bigint | null;
  spendTotal: bigint | null;
  barter: boolean;
};

const NO_BYTES = 'neither its bytes, nor its steward, nor enough other shares can be had';

interface Risk {
  why: RiskRecord['why'];
  slot: number;
  contract: OwnedContract;
  reason: string;
}

/** Blobs at risk, one line each, in the order of their UUIDs. Throws a Failure while the wallet is locked. */
export async function* risksAhead(context: Context, ask: AheadAsk): AsyncGenerator<RiskRecord> {
  for await (const { why, slot, contract, reason } of walk(context, await sumOf(context, ask), ask)) {
    const { id, uuid } = contract;
    yield { type: 'risk', why, uuid, contract: id, slot, time: timeOf(context, slot), reason };
  }
}

/** All contracts looked at in one pass that keeps none of them. Throws a Failure while the wallet is locked. */
export async function lookAhead(context: Context, lookers: Lookers, ask: AheadAsk): Promise<ControllerRecord> {
  const sum = await sumOf(context, ask);
  const risks = { deck: { count: 0, slot: null as number | null }, end: { count: 0, slot: null as number | null } };
  for await (const { why, slot } of walk(context, sum, ask)) {
    risks[why].count += 1;
    risks[why].slot = Math.min(slot, risks[why].slot ?? slot);
  }
  for await (const [, kept] of context.books.kept.entries()) sum.addIncome({ ...planned(kept), state: kept.state });
  const { running, lastMs } = lookers.state;
  const { deck, end } = risks;
  return {
    ...{ type: 'controller', running, looked: lastMs === null ? null : rfc3339(lastMs) },
    ...moneyOf(context, sum, ask),
    ...{ decks: deck.count, decks_slot: deck.slot, decks_from: timeOf(context, deck.slot) },
    ...{ ends: end.count, ends_slot: end.slot, ends_from: timeOf(context, end.slot) },
  };
}

async function sumOf(context: Context, { days, spendPerDay, spendTotal, barter }: AheadAsk): Promise<AheadSum> {
  const { books, ledger, params } = context;
  return new AheadSum({
    now: { slot: currentSlot(context), params },
    days,
    balance: await purse(context),
    spentToday: books.spent.lastDay(ledger.tip.slot),
    turnover: books.turnover.get(),
    policy: { spendPerDay, spendTotal, barter, dust: dust(context) },
    fees: feesOf(context),
  });
}

type Money = Omit<
  ControllerRecord,
  'type' | 'running' | 'looked' | 'decks' | 'decks_slot' | 'decks_from' | 'ends' | 'ends_slot' | 'ends_from'
>;

function moneyOf(context: Context, sum: AheadSum, { days }: AheadAsk): Money {
  const { balance, policy, spentToday, turnover } = sum.view;
  const ahead = sum.result();
  const [limit] = ahead.limits;
  const net = netOf(turnover);
  return {
    contracts: ahead.contracts,
    ...{ next_slot: ahead.nextSlot, next: timeOf(context, ahead.nextSlot) },
    ...{ days, until_slot: ahead.untilSlot, until: timeOf(context, ahead.untilSlot) },
    ...{ costs_grains: ahead.costs.toString(), income_grains: ahead.income.toString() },
    balance_grains: balance.toString(),
    balance_ends_slot: ahead.balance?.slot ?? null,
    balance_ends: timeOf(context, ahead.balance?.slot),
    balance_missing_grains: ahead.balance?.missing.toString() ?? null,
    room_grains: roomOf({ policy, spentToday, turnover })?.toString() ?? null,
    ...{ limit: limit?.limit ?? null, limit_slot: limit?.slot ?? null, limit_from: timeOf(context, limit?.slot) },
    limit_missing_grains: limit?.missing.toString() ?? null,
    ...{ spent_grains: turnover.spent.toString(), returned_grains: turnover.returned.toString() },
    earned_grains: turnover.earned.toString(),
    surplus_grains: (net > 0n ? net : 0n).toString(),
    deficit_grains: (net < 0n ? -net : 0n).toString(),
  };
}

/** Adds every blob that is paid for to the sum, and tells of those at risk. */
async function* walk(context: Context, sum: AheadSum, ask: AheadAsk): AsyncGenerator<Risk> {
  const { books, params } = context;
  const low = await LowDecks.find(books);
  for await (const { ids } of grouped(books.ownedIndexes.byUuid.places())) {
    const live = ids.flatMap((id) => books.owned.get(id) ?? []).filter(({ state, lost }) => state === 'live' && !lost);
    if (live.length === 0) continue;
    const last = lastOf(live);
    const near = nearsEndSlot(last, params) <= sum.untilSlot;
    // A blob's record has a whole deck in it: most need not be read.
    let blob = near ? books.blobs.get(utf8(last.uuid)) : undefined;
    const follows = blob && (await following(context, blob, last, ask));
    const contracts = live.map((entry) => ({
      ...{ ...entry, account: toHex(entry.account) },
      bounty: paymentOf(context, entry),
    }));
    const slots = sum.addBlob(contracts, follows?.terms);
    if (low.mayEnd(last.uuid, slots.length)) blob ??= books.blobs.get(utf8(last.uuid));
    const deckSlot = blob && slots[cardsLeft(blob.deck)];
    if (blob && deckSlot !== undefined && !(await dealSource(context, blob, last)))
      yield { why: 'deck', slot: deckSlot, contract: last, reason: NO_BYTES };
    if (follows?.reason && termEnd(last) <= sum.untilSlot + 1)
      yield { why: 'end', slot: termEnd(last), contract: last, reason: follows.reason };
  }
}
