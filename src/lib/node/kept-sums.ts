import type { Database } from '../store/database.js';
import { Sum } from '../store/derived.js';
import { INDEXES } from '../store/layout.js';
import { fromHex, utf8 } from '../util/bytes.js';
import type { KeptContract } from './entries.js';

const LIVE = utf8('live');
const LIVE_BYTES = utf8('live-bytes');
const STORED_BYTES = utf8('stored-bytes');

/** What a steward keeps, added up as it changes: nobody walks over a million contracts to know it. */
export class KeptSums extends Sum<KeptContract> {
  constructor(db: Database) {
    super(db, INDEXES.KEPT_SUMS, ({ uuid, size, state }) => {
      if (state === 'pruned') return [];
      const stored = [
        { bucket: fromHex(uuid)!, amount: 1n },
        { bucket: STORED_BYTES, amount: BigInt(size) },
      ];
      if (state !== 'live') return stored;
      return [...stored, { bucket: LIVE, amount: 1n }, { bucket: LIVE_BYTES, amount: BigInt(size) }];
    });
  }

  /** Live contracts, and their bytes. */
  get live(): { contracts: number; bytes: number } {
    return { contracts: Number(this.get(LIVE)), bytes: Number(this.get(LIVE_BYTES)) };
  }

  /** Bytes under contracts that are not pruned. */
  get storedBytes(): number {
    return Number(this.get(STORED_BYTES));
  }

  /** Whether a contract that is not pruned is on these bytes. */
  keeps(uuid: string): boolean {
    return this.get(fromHex(uuid)!) > 0n;
  }
}
