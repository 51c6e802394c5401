import { advertFee } from '../chain/rules/advert.js';
import type { Funds } from './fund.js';
import { within } from './pay.js';
import type { Policy } from './policy.js';
import type { OwnerAction } from './types.js';

/** Grains, since this wallet's books began. */
export interface Turnover {
  /** What payments and adverts took, fees included. */
  spent: bigint;
  /** Of it, what came back: bounties that nobody claimed. */
  returned: bigint;
  /** What sweeps brought. */
  earned: bigint;
}

export interface Budget {
  policy: Pick<Policy, 'spendPerDay' | 'spendTotal' | 'barter' | 'dust'>;
  /** Grains within the last network day. */
  spentToday: bigint;
  turnover: Turnover;
  /** What the ledger takes beside; undefined: nothing. */
  funds?: Pick<Funds, 'fees'> | undefined;
}

/** What was earned, less what was spent for good: negative for whoever stores more than it keeps. */
export function netOf({ spent, returned, earned }: Turnover): bigint {
  return earned + returned - spent;
}

/** Grains that may be spent now; undefined: nothing limits them but the wallet. */
export function roomOf({ policy, spentToday, turnover }: Budget): bigint | undefined {
  const { spendPerDay, spendTotal, barter } = policy;
  const rooms = [
    ...(spendPerDay === null ? [] : [spendPerDay - spentToday]),
    ...(spendTotal === null ? [] : [spendTotal - (turnover.spent - turnover.returned)]),
    ...(barter ? [netOf(turnover)] : []),
  ];
  if (rooms.length === 0) return undefined;
  const least = rooms.reduce((a, b) => (a < b ? a : b));
  return least > 0n ? least : 0n;
}

function costOf(action: OwnerAction): bigint {
  if (action.kind === 'pay') return action.amount;
  return action.kind === 'advertise' ? advertFee({ ...action, lots: action.uuids.length }) : 0n;
}

/** The ledger's fee, or more: an excluded account is half as long as an item. */
function feeOf(action: OwnerAction, fees: Funds['fees'] | undefined): bigint {
  if (fees === undefined) return 0n;
  if (action.kind === 'pay') return fees.post + fees.item * BigInt(action.items.length - 1);
  return action.kind === 'advertise' ? fees.post + fees.item * BigInt(action.excluded.length) : 0n;
}

/** Leaves out what would pass a limit with its fee, of a payment too; smaller debts behind it are still paid. */
export function withinBudget(actions: readonly OwnerAction[], budget: Budget): OwnerAction[] {
  let room = roomOf(budget);
  return actions.flatMap((action) => {
    if (room === undefined) return [action];
    const fee = feeOf(action, budget.funds?.fees);
    if (action.kind === 'pay' && room < fee) return [];
    const fitting = action.kind === 'pay' ? within(action, room - fee, budget.policy.dust) : action;
    const cost = fitting === undefined ? 0n : costOf(fitting) + feeOf(fitting, budget.funds?.fees);
    if (fitting === undefined || (cost > 0n && cost > room)) return [];
    room -= cost;
    return [fitting];
  });
}
