import { batchAmounts, halfOf, MAX_ITEMS } from '../bounty/batch.js';
import { ownerDueSlot, termEnd } from './interval.js';
import { busy, isOver, lapsed, owed } from './owed.js';
import type { Policy } from './policy.js';
import type { Now, OwnerContract, PayAction, PayItem } from './types.js';

/** Which part of an expired batch an item is posted again with. */
export type Split = (position: number, items: number) => number;

interface Group {
  contracts: OwnerContract[];
  /** Whether it is due, or only goes along with what is. */
  due: boolean;
}

/**
 * The payments to make now, one bounty for all that is due with a steward, oldest debts first. A payment
 * covers all slots since the last, however late it is. What is due within half a day goes along: it would
 * else be a bounty of its own, and stay one.
 */
export function pay(now: Now, contracts: readonly OwnerContract[], policy: Policy, split: Split = halfOf): PayAction[] {
  const payable = contracts
    .filter((contract) => contract.state === 'live' && contract.deckLeft > 0 && !contract.lost && !busy(contract))
    .map((contract) => ({ contract, dueSlot: ownerDueSlot(contract, now.params) }))
    .sort((a, b) => a.dueSlot - b.dueSlot || (a.contract.id < b.contract.id ? -1 : 1));
  const shed = new Set(contracts.flatMap(({ lost, bounty }) => (lost && bounty ? [bounty.id] : [])));
  const groups = new Map<string, Group>();
  for (const { contract, dueSlot } of payable) {
    const key = lapsed(contract) ? again(contract, shed, split) : first(now, contract, dueSlot);
    if (key === undefined) continue;
    const group = groups.get(key) ?? { contracts: [], due: false };
    groups.set(key, group);
    group.contracts.push(contract);
    group.due ||= contract.bounty !== null || now.slot >= dueSlot;
  }
  const due = [...groups.values()].filter((group) => group.due);
  return due.flatMap((group) => inBatches(group.contracts).map((batch) => payment(now, batch, policy)));
}

/** What is due, by steward; what was posted and never included, once more as it was. */
function first(now: Now, contract: OwnerContract, dueSlot: number): string | undefined {
  if (isOver(now, contract)) return undefined;
  if (contract.bounty !== null) return `failed/${contract.bounty.id}`;
  return now.slot >= dueSlot - Math.floor(now.params.daySlots / 2) ? `due/${contract.account}` : undefined;
}

/**
 * What went unclaimed is posted again at once: a batch as two halves, down to single items, so that one
 * blob that is not there starves the others no longer than it must (threat 27); as one bounty once the
 * steward signed which are not there. A single item has one retry.
 */
function again({ bounty, attempt }: OwnerContract, shed: ReadonlySet<string>, split: Split): string | undefined {
  const { id, items, position } = bounty!;
  if (items === 1) return attempt === 0 ? `again/${id}` : undefined;
  return shed.has(id) ? `again/${id}` : `again/${id}/${split(position, items)}`;
}

function inBatches(contracts: readonly OwnerContract[]): OwnerContract[][] {
  const batches: OwnerContract[][] = [];
  for (let at = 0; at < contracts.length; at += MAX_ITEMS) batches.push(contracts.slice(at, at + MAX_ITEMS));
  return batches;
}

function payment(now: Now, batch: readonly OwnerContract[], policy: Policy): PayAction {
  const items = batch.map((contract) => itemOf(now, contract));
  const debts = batch.map((contract, i) => ({
    due: owed(contract, items[i]!.coversUntilSlot, now),
    credit: contract.credit,
  }));
  const amounts = batchAmounts(debts, policy.dust);
  return actionOf(
    batch[0]!.account,
    items.map((item, i) => ({ ...item, amount: amounts[i]! })),
  );
}

function itemOf({ slot }: Now, contract: OwnerContract): Omit<PayItem, 'amount'> {
  const { id, payIndex, bounty } = contract;
  const retry = lapsed(contract) && bounty?.items === 1;
  const coversUntilSlot = Math.max(contract.paidUntilSlot, Math.min(slot, termEnd(contract)));
  return { contract: id, payIndex, coversUntilSlot, attempt: retry ? 1 : contract.attempt };
}

function actionOf(account: string, items: PayItem[]): PayAction {
  const { contract, payIndex } = items[0]!;
  const amount = items.reduce((sum, item) => sum + item.amount, 0n);
  return { kind: 'pay', account, items, amount, requestId: `pay/${contract}/${payIndex}` };
}

/** Of a payment what `room` grains allow, oldest debts first; undefined where that is nothing, or less than dust. */
export function within(action: PayAction, room: bigint, dust: bigint): PayAction | undefined {
  if (action.amount <= room) return action;
  let left = room;
  const items = action.items.filter(({ amount }) => {
    if (amount > left) return false;
    left -= amount;
    return true;
  });
  const lack = dust - (room - left);
  if (items.length === 0 || lack > left) return undefined;
  if (lack > 0n) items[0] = { ...items[0]!, amount: items[0]!.amount + lack };
  return actionOf(action.account, items);
}
