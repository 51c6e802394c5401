import { sha256 } from '../crypto/hash.js';
import type { Database } from '../store/database.js';
import { Index } from '../store/derived.js';
import { INDEXES } from '../store/layout.js';
import { concat, u64be, utf8 } from '../util/bytes.js';
import type { BidEntry, PendingTx } from './entries.js';

const WAITING = utf8('w');
const INCLUDED = utf8('i');

/** Transactions on their way: what waits, what lies how deep, and what a request made. */
export class PendingIndexes {
  private readonly order: Index<PendingTx>;
  private readonly byRequest: Index<PendingTx>;

  constructor(db: Database) {
    this.order = new Index(db, INDEXES.PENDING, ({ includedHeight, seq }) => [
      includedHeight === null ? concat(WAITING, u64be(seq ?? 0n)) : concat(INCLUDED, u64be(includedHeight)),
    ]);
    this.byRequest = new Index(db, INDEXES.PENDING_BY_REQUEST, ({ requestId }) =>
      requestId === null ? [] : [sha256(utf8(requestId))],
    );
  }

  get all(): Index<PendingTx>[] {
    return [this.order, this.byRequest];
  }

  /** In their sender's order: one sent before its predecessor would be refused. */
  waiting(): Promise<Uint8Array[]> {
    return this.order.ids({ prefix: WAITING });
  }

  /** Those included up to and with a height. */
  includedBy(height: number): Promise<Uint8Array[]> {
    return height < 0 ? Promise.resolve([]) : this.order.ids({ prefix: INCLUDED, below: u64be(height + 1) });
  }

  ofRequest(requestId: string): Promise<Uint8Array[]> {
    return this.byRequest.ids({ prefix: sha256(utf8(requestId)) });
  }
}

export function bidsByTx(db: Database): Index<BidEntry> {
  return new Index(db, INDEXES.BIDS_BY_TX, ({ commitTx, revealTx }) =>
    [commitTx, revealTx].flatMap((txid) => (txid === null ? [] : [utf8(txid)])),
  );
}
