import type { Params } from './params.js';
import { readAccount, readGlobals, type StateView } from './state.js';
import type { Account, Address } from './types.js';

/** What an account owes, at most what it holds, and up to which slot it has then paid. */
export interface Owed {
  grains: bigint;
  paid: number;
}

/**
 * Rent for the whole network days since it was last paid, or since the block that switched rent on (`rentSince` of the
 * globals; 0: it is not on yet). Charged when something moves the balance; nothing has to write each account each day.
 */
export function rentOwed(params: Params, rentSince: number, account: Account, slot: number): Owed {
  const from = Math.max(account.paid, rentSince);
  const days = rentSince === 0 ? 0 : Math.floor((slot - from) / params.daySlots);
  if (days <= 0 || params.rentPerDay === 0n) return { grains: 0n, paid: account.paid };
  const due = BigInt(days) * params.rentPerDay;
  return { grains: due < account.balance ? due : account.balance, paid: from + days * params.daySlots };
}

/** What an account can spend at a slot: what it holds, less the rent it owes by then. */
export function balanceAt(params: Params, view: StateView, address: Address, slot: number): bigint {
  const account = readAccount(view, address);
  if (!account) return 0n;
  return account.balance - rentOwed(params, readGlobals(view).rentSince, account, slot).grains;
}
