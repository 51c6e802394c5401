import { equal } from '../../util/bytes.js';
import type { Ledger } from '../ledger.js';
import type { Params } from '../params.js';
import type { LedgerStore, StoreSnapshot } from '../staging.js';
import type { Hash } from '../types.js';
import type { JoinStore } from './join.js';
import { openPart, type Part, type PartAnswer } from './part.js';
import type { JoinTarget } from './records.js';

/** One is joined from, one becomes deep enough for it. */
const KEPT = 2;

interface Kept {
  height: number;
  id: Hash;
  snapshot: StoreSnapshot;
  users: number;
  retired: boolean;
}

/**
 * What others may join from: the store as it was every `snapshotBlocks` heights, once that is as deep as no
 * reorganisation goes. All nodes keep the same heights, so that one can be asked to confirm another's.
 */
export class Offers {
  readonly #params: Params;
  readonly #store: JoinStore;
  #kept: Kept[] = [];

  constructor(params: Params, store: JoinStore) {
    this.#params = params;
    this.#store = store;
  }

  /** The store for Ledger.open: where a write ends on such a height, the store's state is that block's. */
  get store(): LedgerStore {
    return {
      get: (key) => this.#store.get(key),
      snapshot: () => this.#store.snapshot(),
      write: async (batch, moved) => {
        await this.#store.write(batch, moved);
        const last = moved.connected.at(-1);
        if (last && last.header.height % this.#params.derived.snapshotBlocks === 0) {
          await this.#keep(last.header.height, last.id);
        }
      },
    };
  }

  /** Where one can join from here now, the latest first. */
  targets(ledger: Ledger): JoinTarget[] {
    const { cycleBlocks, k } = this.#params;
    return this.#kept.toReversed().flatMap(({ height, id }): JoinTarget[] => {
      if (height > ledger.tip.height - k || !equal(ledger.idAt(height) ?? NONE, id)) return [];
      const first = ledger.idAt(Math.max(0, height - cycleBlocks));
      const start = first && ledger.record(first);
      return start ? [{ height, id, start }] : [];
    });
  }

  /** A part of the state that one of the targets leads to; undefined where it is not kept, or has no such part. */
  async part(target: Hash, part: Part): Promise<PartAnswer | undefined> {
    const kept = this.#kept.find(({ id }) => equal(id, target));
    if (!kept) return undefined;
    kept.users += 1;
    try {
      return await openPart(kept.snapshot, part);
    } finally {
      kept.users -= 1;
      await closeUnused(kept);
    }
  }

  async close(): Promise<void> {
    await this.#retire(this.#kept.splice(0));
  }

  async #keep(height: number, id: Hash): Promise<void> {
    // Another block of that height took this one's place.
    const replaced = this.#kept.filter((kept) => kept.height >= height);
    const left = this.#kept.filter((kept) => kept.height < height);
    this.#kept = [...left, { height, id, snapshot: this.#store.snapshot(), users: 0, retired: false }];
    await this.#retire([...replaced, ...this.#kept.splice(0, this.#kept.length - KEPT)]);
  }

  async #retire(gone: Kept[]): Promise<void> {
    for (const kept of gone) {
      kept.retired = true;
      await closeUnused(kept);
    }
  }
}

const NONE = new Uint8Array(0);

async function closeUnused(kept: Kept): Promise<void> {
  if (kept.retired && kept.users === 0) await kept.snapshot.close();
}
