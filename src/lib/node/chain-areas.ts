import type { JoinStore } from '../chain/join/join.js';
import { readJoin } from '../chain/join/records.js';
import { areaKey, type Database, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import { utf8 } from '../util/bytes.js';

export type ChainArea = typeof AREAS.CHAIN | typeof AREAS.CHAIN_TOO;

const CURRENT = areaKey(AREAS.META, utf8('chain-area'));

/**
 * Where the ledger lies: in one of two areas. While a node joins, its new ledger grows in the other, and the
 * one it has is there until a single write makes the new one the ledger.
 */
export class ChainAreas {
  constructor(private readonly db: Database) {}

  get current(): ChainArea {
    const letter = this.db.get(CURRENT);
    return letter?.[0] === utf8(AREAS.CHAIN_TOO)[0] ? AREAS.CHAIN_TOO : AREAS.CHAIN;
  }

  get other(): ChainArea {
    return this.current === AREAS.CHAIN ? AREAS.CHAIN_TOO : AREAS.CHAIN;
  }

  /** The ledger in the other area is the ledger from this write on. */
  swap(): Write {
    return [CURRENT, utf8(this.other)];
  }

  /** Whether a join was begun and not finished. */
  get joining(): boolean {
    return readJoin(chainStore(this.db, this.other)) !== undefined;
  }

  /** Before the ledger is opened: what was the ledger once takes no room any more. */
  async clearOther(): Promise<void> {
    if (!this.joining) await this.db.clear(utf8(this.other));
  }
}

/** One area as a ledger sees it, with nothing else of the node's. */
export function chainStore(db: Database, area: ChainArea): JoinStore {
  const own = (key: Uint8Array) => areaKey(area, key);
  return {
    get: (key) => db.get(own(key)),
    write: (batch) => db.write(batch.map(([key, value]): Write => [own(key), value])),
    snapshot: () => {
      const snapshot = db.snapshot();
      return {
        get: (key) => db.get(own(key), snapshot),
        async *scan(first, last) {
          for await (const [key, value] of db.range(own(first), own(last), snapshot)) yield [key.slice(1), value];
        },
        close: () => snapshot.close(),
      };
    },
  };
}
