import { equal } from '../../util/bytes.js';
import type { Ledger } from '../ledger.js';
import type { Params } from '../params.js';
import type { LedgerStore, StoreSnapshot } from '../staging.js';
import type { Hash } from '../types.js';
import type { JoinStore } from './join.js';
import { openPart, type Part, type PartAnswer } from './part.js';
import { type JoinTarget, type NamedTarget, targetName } from './records.js';

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
 * What others may join from: the store as it was every `snapshotBlocks` heights, and as it was at the first block where
 * nothing is kept, once that is as deep as no reorganisation goes. Snapshots end with the process: so one that was
 * started anew serves others k blocks later. Most nodes keep the same heights, and every node vouches for any.
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
        const [first] = moved.connected;
        const last = moved.connected.at(-1);
        if (!first || !last) return;
        // Where other blocks took their place.
        await this.#retire(({ height }) => height >= first.header.height);
        const { height } = last.header;
        if (this.#kept.length === 0 || height % this.#params.derived.snapshotBlocks === 0) {
          await this.#keep(height, last.id);
        }
      },
    };
  }

  /** Where one can join from here now, the latest first. */
  targets(ledger: Ledger): JoinTarget[] {
    return this.#kept.toReversed().flatMap(({ height, id }): JoinTarget[] => {
      const target = this.#targetAt(ledger, height);
      return target && equal(target.id, id) ? [target] : [];
    });
  }

  /** For targets that others offer, by height and name: whether each is what this node's own chain says. */
  vouch(ledger: Ledger, named: readonly NamedTarget[]): boolean[] {
    return named.map(({ height, name }) => {
      const target = this.#targetAt(ledger, height);
      return target !== undefined && equal(targetName(target), name);
    });
  }

  /** The main chain's block at a height that no reorganisation reaches, as a target. */
  #targetAt(ledger: Ledger, height: number): JoinTarget | undefined {
    const { cycleBlocks, k } = this.#params;
    const id = height > 0 && height <= ledger.tip.height - k ? ledger.idAt(height) : undefined;
    const first = id && ledger.idAt(Math.max(0, height - cycleBlocks));
    const start = first && ledger.record(first);
    return id && start && { height, id, start };
  }

  /** A part of the state that one of the targets leads to; undefined where it is not kept, or has no such part. */
  async part(target: Hash, part: Part): Promise<PartAnswer | undefined> {
    const kept = this.#kept.find(({ id }) => equal(id, target));
    if (!kept) return undefined;
    kept.users += 1;
    try {
      return await openPart(kept.snapshot, part);
    } catch (error) {
      // A database that was opened anew ended its snapshots: no use in offering it on.
      await this.#retire((other) => other === kept);
      throw error;
    } finally {
      kept.users -= 1;
      await closeUnused(kept);
    }
  }

  async close(): Promise<void> {
    await this.#retire(() => true);
  }

  async #keep(height: number, id: Hash): Promise<void> {
    this.#kept.push({ height, id, snapshot: this.#store.snapshot(), users: 0, retired: false });
    const over = this.#kept.slice(0, Math.max(0, this.#kept.length - KEPT));
    await this.#retire((kept) => over.includes(kept));
  }

  async #retire(isGone: (kept: Kept) => boolean): Promise<void> {
    const gone = this.#kept.filter(isGone);
    this.#kept = this.#kept.filter((kept) => !isGone(kept));
    for (const kept of gone) {
      kept.retired = true;
      await closeUnused(kept);
    }
  }
}

async function closeUnused(kept: Kept): Promise<void> {
  if (kept.retired && kept.users === 0) await kept.snapshot.close();
}
