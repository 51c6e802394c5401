import { decodeSignedTx } from '../chain/encoding.js';
import type { Turnover } from '../plan/budget.js';
import type { Database } from '../store/database.js';
import { type Share, Sum } from '../store/derived.js';
import { INDEXES } from '../store/layout.js';
import { utf8 } from '../util/bytes.js';
import type { HistoryEntry, PendingTx } from './entries.js';

const SPENT = utf8('spent');
const RETURNED = utf8('returned');
const EARNED = utf8('earned');

/** What payments and adverts took in all, what of it came back, and what sweeps brought: kept as it changes. */
export class TurnoverSums {
  readonly booked: Sum<HistoryEntry>;
  /** What was sent and is in no block yet: a plan made now must not spend it again. */
  readonly waiting: Sum<PendingTx>;

  constructor(db: Database) {
    this.booked = new Sum(db, INDEXES.TURNOVER, sharesOf);
    this.waiting = new Sum(db, INDEXES.TURNOVER_WAITING, (pending) => {
      const amount = pending.includedHeight === null ? spentBy(pending) : 0n;
      return amount === 0n ? [] : [{ bucket: SPENT, amount }];
    });
  }

  /** What is on its way to the ledger, and lies on its accounts still. */
  get unposted(): bigint {
    return this.waiting.get(SPENT);
  }

  get(): Turnover {
    return {
      spent: this.booked.get(SPENT) + this.waiting.get(SPENT),
      returned: this.booked.get(RETURNED),
      earned: this.booked.get(EARNED),
    };
  }
}

function sharesOf({ kind, direction, amount }: HistoryEntry): Share[] {
  if (direction === 'out') return kind === 'post' || kind === 'advert' ? [{ bucket: SPENT, amount }] : [];
  if (kind === 'sweep') return [{ bucket: EARNED, amount }];
  return kind === 'revoke' || kind === 'return' ? [{ bucket: RETURNED, amount }] : [];
}

function spentBy({ kind, bytes }: PendingTx): bigint {
  if (kind !== 'post' && kind !== 'advert') return 0n;
  const { tx } = decodeSignedTx(bytes);
  if (tx.kind === 'post') return tx.bounties.reduce((sum, { amount }) => sum + amount, tx.fee);
  return tx.kind === 'advert' ? tx.fee : 0n;
}
