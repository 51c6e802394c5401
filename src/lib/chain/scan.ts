import { isActive } from './activation.js';
import { keyKind } from './keys.js';
import { rentOwed } from './rent.js';
import { addToPool, type Run } from './rules/run.js';
import { readAccount, readGlobals, type StoredState } from './state.js';

/** Entries of the state that a block looks at: a fixed number, so that none costs more than another. */
export const SCANNED_A_BLOCK = 64;

/** The first block under the rule writes its slot down: what was before owes nothing. */
export function beginRent({ state, context }: Run): void {
  const globals = readGlobals(state);
  if (globals.rentSince > 0 || !isActive(context.params, 'rent', context.height)) return;
  state.setGlobals({ ...globals, rentSince: context.slot });
}

/**
 * Accounts that nobody touches owe rent without end. So each block looks at the next entries in the order of the tree
 * that its parent left, round and round, and takes the accounts out that owe all they hold: it goes to the pool. Every
 * entry is looked at once in as many blocks as 64 goes into the number of entries.
 */
export function scanAccounts(run: Run, parent: StoredState): void {
  const { state, context } = run;
  const { rentSince, rentCursor } = readGlobals(state);
  if (rentSince === 0 || context.params.rentPerDay === 0n) return;
  const paths = parent.leavesAfter(rentCursor, SCANNED_A_BLOCK);
  for (const path of paths) {
    const key = parent.at(path)?.key;
    if (!key || keyKind(key) !== 'a') continue;
    const address = key.slice(1);
    // Through what the block changed before.
    const account = readAccount(state, address);
    if (!account || rentOwed(context.params, rentSince, account, context.slot).grains < account.balance) continue;
    const amount = account.balance;
    state.setAccount(address, null);
    addToPool(run, amount);
    run.events.push({ kind: 'debit', address, amount, reason: 'rent', txid: null, subject: null });
  }
  const last = paths.at(-1);
  if (last) state.setGlobals({ ...readGlobals(state), rentCursor: last });
}
