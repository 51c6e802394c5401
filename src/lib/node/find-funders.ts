import { setImmediate as breathe } from 'node:timers/promises';
import type { ReadTx } from '../chain/rules/apply.js';
import { readAccount } from '../chain/state.js';
import { FUND_MAX } from '../plan/fund.js';
import type { Batch } from '../store/table.js';
import { toHex } from '../util/bytes.js';
import type { Context } from './context.js';
import type { FunderEntry } from './entries.js';
import { nextFunder, setNextFunder } from './funders.js';

/** Accounts that are looked for beyond those that can have been made; and numbers skipped, for nobody knows the last. */
const AHEAD = 256;
/** Derived at once, between other work; and in all, some half a minute. */
const STEP = 64;
const MOST = 1 << 18;
const TXS = (1n << 20n) - 1n;

/**
 * The one-time accounts of a wallet whose books were lost, or are older than they. Most that were ever made are empty
 * and gone, so that no gap tells where they end: but each was made by a transaction of the spending account, whose
 * sequence number counts these, and none makes more than FUND_MAX.
 */
export class FunderSearch {
  private highest = 0;

  private constructor(
    private readonly context: Context,
    /** Those that nothing is known of: address → number. */
    private readonly unknown: Map<string, number>,
  ) {}

  /** What lies on the ledger is to be gathered: an original that ran on may have used what was in reserve. */
  static async begin(context: Context): Promise<FunderSearch> {
    const { books, ledger, wallet } = context;
    const sent = Number((readAccount(ledger.state, wallet.spending)?.seq ?? 0n) & TXS);
    const end = Math.min(MOST, Math.max(nextFunder(context), sent * FUND_MAX + 1)) + AHEAD;
    const search = new FunderSearch(context, new Map());
    for (let index = 1; index < end; index++) {
      if (index % STEP === 0) await breathe();
      const address = wallet.keys().lookAt(index);
      const known = books.accounts.get(address);
      const stands = readAccount(ledger.state, address) !== undefined;
      if (!known && !stands) {
        search.unknown.set(toHex(address), index);
        continue;
      }
      const entry = known?.kind === 'funder' ? known : newEntry(index, address);
      search.highest = Math.max(search.highest, index);
      const stage = entry.stage === 'reserve' || (stands && entry.stage !== 'used') ? 'left' : entry.stage;
      if (known?.kind === 'funder' && known.stage === stage) continue;
      await books.exclusive(() => books.commit([books.accounts.put(address, { ...entry, stage })]));
    }
    return search;
  }

  /** Whose bounty may be open yet: once that comes back, the account is there again. */
  read(batch: Batch, { tx }: ReadTx): void {
    const index = tx.kind === 'post' ? this.unknown.get(toHex(tx.from)) : undefined;
    if (tx.kind !== 'post' || index === undefined) return;
    this.highest = Math.max(this.highest, index);
    batch.put(this.context.books.accounts, tx.from, { ...newEntry(index, tx.from), stage: 'done' });
  }

  /** From here on numbers are taken that nobody used: one account for two bounties would link them. */
  end() {
    const next = this.highest === 0 ? 0 : this.highest + 1 + AHEAD;
    return setNextFunder(this.context, Math.max(nextFunder(this.context), next));
  }
}

function newEntry(index: number, address: Uint8Array): FunderEntry {
  return { kind: 'funder', index, address, txid: null, amount: 0n, stage: 'left' };
}
