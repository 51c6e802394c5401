import { amountDue, nextInterval } from '../bounty/confidence.js';
import { cardsLeft } from '../bounty/deck.js';
import { formatAddress } from '../crypto/address.js';
import { decodeSigned } from '../market/signed.js';
import { ownerDueSlot, prunableSlot, stewardDueSlot, stewardPaidUntil, termEnd } from '../plan/interval.js';
import type { ContractRecord } from '../rpc/records.js';
import { utf8 } from '../util/bytes.js';
import { bountyState } from './bounty-state.js';
import type { Context } from './context.js';
import type { BountyEntry, KeptContract, OwnedContract } from './entries.js';
import { planned } from './grace.js';
import { bountyOf } from './lookup.js';

/** What both sides' entries call alike. */
function common(entry: OwnedContract | KeptContract) {
  return {
    type: 'contract' as const,
    contract: entry.id,
    state: entry.state,
    blob: entry.uuid,
    size: entry.size,
    price_grains: entry.price.toString(),
    peer: entry.peer,
    start_slot: entry.startSlot,
    end_slot: termEnd(entry),
    notice: entry.notice?.by ?? null,
    notice_told: entry.notice?.told ?? null,
    confidence: entry.confidence,
    interval_days: nextInterval(entry.confidence),
    max_credit_grains: entry.maxCredit.toString(),
  };
}

/** A contract that this wallet pays under. */
export function ownedRecord(context: Context, entry: OwnedContract): ContractRecord {
  const { books, params } = context;
  const blob = books.blobs.get(utf8(entry.uuid));
  const bounty = entry.bounty === null ? undefined : bountyOf(context, 'owner', entry.bounty);
  const due = entry.state === 'live' ? ownerDueSlot(entry, params) : null;
  return {
    ...common(entry),
    role: 'owner',
    file: blob?.file ?? null,
    share: blob?.share ?? null,
    account: formatAddress(entry.account),
    paid_until_slot: entry.paidUntilSlot,
    due_slot: due,
    due_grains: due === null ? null : owedAt(entry, entry.paidUntilSlot, due, entry.credit, params.daySlots),
    prunable_slot: null,
    credit_grains: entry.credit.toString(),
    deck_left: blob ? cardsLeft(blob.deck) : 0,
    next_payment: entry.payIndex,
    ...bountyFields(context, bounty),
    paid_grains: entry.paid.toString(),
  };
}

/** A contract that this wallet is paid under. `bounty`: the latest that is not booked yet. */
export function keptRecord(context: Context, entry: KeptContract, bounty: BountyEntry | undefined): ContractRecord {
  const { params } = context;
  const view = { ...planned(entry), state: 'live' as const };
  const paidUntil = stewardPaidUntil(view, params);
  const due = entry.state === 'live' ? stewardDueSlot(view, params) : null;
  return {
    ...common(entry),
    role: 'steward',
    file: null,
    share: null,
    account: formatAddress(decodeSigned(entry.signed).contract.account),
    paid_until_slot: paidUntil,
    due_slot: due,
    due_grains: due === null ? null : owedAt(entry, paidUntil, due, 0n, params.daySlots),
    prunable_slot: due === null ? null : prunableSlot(view, params),
    credit_grains: null,
    deck_left: null,
    next_payment: entry.next,
    ...bountyFields(context, bounty),
    paid_grains: entry.earned.toString(),
  };
}

function bountyFields(context: Context, bounty: BountyEntry | undefined) {
  return { bounty: bounty?.id ?? null, bounty_state: bounty ? bountyState(context, bounty) : null };
}

function owedAt(
  { price, size }: Pick<OwnedContract, 'price' | 'size'>,
  paidUntil: number,
  due: number,
  credit: bigint,
  daySlots: number,
): string {
  const owed = amountDue({ price, size, slots: Math.max(0, due - paidUntil), daySlots }) - credit;
  return (owed > 0n ? owed : 0n).toString();
}
