import { amountDue } from '../bounty/confidence.js';
import { pay } from './pay.js';
import type { Policy } from './policy.js';
import type { FundAction, GatherAction, Now, OwnerAction, OwnerContract, PayAction } from './types.js';

/** Outputs of one funding transfer. Whoever restores from the words looks for so many accounts a transaction. */
export const FUND_MAX = 16;
/** Accounts beyond what will soon be due: where a steward signs what it lost, the rest of its batch is posted at once. */
const SPARES = 2;
/** Blocks beyond settle_depth that a funding transfer may take from plan to use. */
const SLACK_BLOCKS = 6;

/** Lots of one advert that are prepared for. */
const LOTS_MAX = 64;

/** A one-time account of the wallet that holds something. */
export interface Funder {
  account: number;
  seq: bigint;
  /** Grains. */
  amount: bigint;
}

/** What payments can be funded from (node/funders.ts). */
export interface Funds {
  /** The number of the next account to be made. */
  next: number;
  /** Grains that the spending account can give away, the transfer's fee apart. */
  spendable: bigint;
  /** In reserve: never used, settle_depth deep. */
  ready: Funder[];
  /** On their way there: grains. */
  coming: bigint[];
  /** Used, their bounty over and done with. */
  left: Funder[];
  /** Contracts whose payments will be due, or expire unclaimed, by the time that an account made now is ready. */
  soon: OwnerContract[];
  /** Lots that wait for a steward: so many of a size, at a price. */
  lots: { price: bigint; size: number; count: number }[];
  /** The largest bounty that is open; null: none is. */
  open: { amount: bigint; items: number } | null;
  /** Grains, margin included, that a post of one item costs, each item more, and a transfer. */
  fees: { post: bigint; item: bigint; transfer: bigint };
}

export interface FundingView {
  now: Now;
  contracts: readonly OwnerContract[];
  policy: Policy;
  funds: Funds;
}

/**
 * Payments that an account in reserve can fund, one each; the accounts to make for the others, and for those to come,
 * settle_depth before they are due; and what is to be gathered again. A payment without an account waits: from the
 * spending account it would link all that this wallet pays.
 */
export function fund(view: FundingView, actions: readonly OwnerAction[]): OwnerAction[] {
  const { now, funds } = view;
  const reserve = [...funds.ready];
  const unfunded: bigint[] = [];
  const kept = actions.filter((action) => {
    if (action.kind !== 'pay') return true;
    const need = needOf(view, action);
    if (take(reserve, need, ({ amount }) => amount)) return true;
    unfunded.push(need);
    return false;
  });
  const coming = [...funds.coming];
  const lacking = (need: bigint) =>
    take(coming, need, (amount) => amount) === undefined && take(reserve, need, ({ amount }) => amount) === undefined;
  // Due now first: what is to come must not take its money.
  const due = unfunded.filter(lacking);
  const ahead = aheadOf(view, actions).filter(lacking);
  const making = makingOf(funds, due.map(rounded), ahead.map(rounded));
  const short = due.length > 0 && making.every((amount) => amount > funds.spendable);
  const back = [...funds.left, ...(short ? reserve : [])].filter(({ amount }) => amount > 2n * funds.fees.transfer);
  return [
    ...back.map(
      ({ account, seq }): GatherAction => ({ kind: 'gather', account, seq, requestId: `gather/${account}/${seq}` }),
    ),
    ...(making.length === 0 || !now.synced ? [] : [fundAction(funds.next, making)]),
    ...kept,
  ];
}

function fundAction(first: number, amounts: bigint[]): FundAction {
  return { kind: 'fund', first, amounts, requestId: `fund/${first}` };
}

/** What the spending account has enough for, in order; the first that is due in any case, so that the node says so. */
function makingOf({ spendable }: Funds, due: readonly bigint[], ahead: readonly bigint[]): bigint[] {
  let left = spendable;
  const fitting = [...due, ...ahead].filter((amount) => {
    if (amount > left) return false;
    left -= amount;
    return true;
  });
  return (fitting.length === 0 ? due.slice(0, 1) : fitting).slice(0, FUND_MAX);
}

/**
 * The smallest that is enough, taken out of the list; undefined: none is. Best fit, so that a small payment leaves the
 * large accounts to large ones.
 */
export function take<T>(from: T[], need: bigint, amountOf: (one: T) => bigint): T | undefined {
  let best = -1;
  for (const [i, one] of from.entries()) {
    if (amountOf(one) < need || (best >= 0 && amountOf(one) >= amountOf(from[best]!))) continue;
    best = i;
  }
  return best < 0 ? undefined : from.splice(best, 1)[0];
}

/** A bounty's amount, its fee, and what keeps the account alive: what comes back to an emptied one may be lost. */
export function needed(minAccount: bigint, fees: Funds['fees'], amount: bigint, items: number): bigint {
  return amount + fees.post + fees.item * BigInt(items - 1) + minAccount;
}

function needOf({ now, funds }: FundingView, { amount, items }: PayAction): bigint {
  return needed(now.params.minAccount, funds.fees, amount, items.length);
}

/** Up to two binary digits, 2^n or 3·2^n: amounts that come up again and again say little of what they are for. */
export function rounded(amount: bigint): bigint {
  if (amount < 4n) return amount;
  const unit = 1n << BigInt(amount.toString(2).length - 2);
  return ((amount + unit - 1n) / unit) * unit;
}

/** From the planning of an account to its use. */
export function aheadSlots({ settleDepth, derived }: Now['params']): number {
  return (settleDepth + SLACK_BLOCKS) * derived.blockSlots;
}

/** What will be due once an account made now is ready: payments, the first of each lot, and spares. */
function aheadOf(view: FundingView, actions: readonly OwnerAction[]): bigint[] {
  const { now, contracts, policy, funds } = view;
  const then = { ...now, slot: now.slot + aheadSlots(now.params) };
  const paid = new Set(actions.flatMap((action) => (action.kind === 'pay' ? action.items : [])).map((i) => i.contract));
  const later = new Map([...contracts, ...funds.soon].map((contract) => [contract.id, expiring(contract, then.slot)]));
  for (const id of paid) later.delete(id);
  const soon = pay(then, [...later.values()], policy).map((action) => needOf(view, action));
  const wanted = [...soon, ...lotsOf(view, then.slot - now.slot)].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  const { minAccount } = now.params;
  const open = funds.open ? [needed(minAccount, funds.fees, funds.open.amount, funds.open.items)] : [];
  const largest = [...wanted, ...open].reduce((a, b) => (a > b ? a : b), 0n);
  return [...wanted, ...(largest === 0n ? [] : Array.from({ length: SPARES }, () => largest))];
}

/** What is still open then will, for all we know, be posted again. */
function expiring(contract: OwnerContract, slot: number): OwnerContract {
  const { bounty } = contract;
  if (bounty?.state !== 'open' || bounty.expiresSlot === null || bounty.expiresSlot > slot) return contract;
  return { ...contract, bounty: { ...bounty, state: 'expired' } };
}

/** A lot's steward is paid a day after the award, which may come at any time. */
function lotsOf({ now, policy, funds }: FundingView, ahead: number): bigint[] {
  const { daySlots, minAccount } = now.params;
  return funds.lots.flatMap(({ price, size, count }) => {
    const amount = amountDue({ price, size, slots: daySlots + ahead, daySlots });
    const need = needed(minAccount, funds.fees, amount > policy.dust ? amount : policy.dust, 1);
    return Array.from({ length: Math.min(count, LOTS_MAX) }, () => need);
  });
}
