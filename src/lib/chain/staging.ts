import type { LedgerEvent } from './events.js';
import { stateKey, treeKey } from './layout.js';
import { type Change, nameOf, type StoredState } from './state.js';
import { decodeEntry } from './state-entry.js';
import type { TreeStore } from './tree.js';
import { pathOf } from './tree-node.js';
import { leavesAfter } from './tree-walk.js';
import type { Hash, Header } from './types.js';

/** What the ledger asks of its database. Keys carry their area's prefix (layout.ts). */
export interface LedgerStore {
  get(key: Uint8Array): Uint8Array | undefined;
  /**
   * All or nothing, and on disk when the promise resolves. What the blocks did comes along, so that a
   * node's books can move in the same batch as the tip.
   */
  write(batch: Change[], moved: Moved): Promise<void>;
  /**
   * As it is now, whatever is written from now on: what other nodes join from, and what is read while a batch goes
   * down. Without it, what a batch replaces is read before.
   */
  snapshot?(): StoreSnapshot;
}

/** A store as it was at one moment. Close it: it keeps what it shows on the disk. */
export interface StoreSnapshot {
  get(key: Uint8Array): Uint8Array | undefined;
  /** Records in the order of their keys, from one key to another, both included. */
  scan(first: Uint8Array, last: Uint8Array): AsyncIterable<[key: Uint8Array, value: Uint8Array]>;
  close(): Promise<void>;
}

/** A block as it was applied or taken back. */
export interface Applied {
  header: Header;
  id: Hash;
  body: Uint8Array[];
  events: LedgerEvent[];
  /** Of the body's transactions, in their order. */
  txids: Hash[];
  /** The state's keys that changed. */
  keys: Uint8Array[];
}

/** How the main chain moved: first these were taken back (from the tip down), then these came on. */
export interface Moved {
  connected: Applied[];
  disconnected: Applied[];
}

export interface Reader {
  get(key: Uint8Array): Uint8Array | undefined;
}

type Before = Pick<StoreSnapshot, 'get' | 'close'>;

/** Writes collected over the store, and read back through it, until all go down in one batch. */
export class Staging implements Reader {
  readonly #base: Reader;
  readonly #writes = new Map<string, Change>();

  constructor(base: Reader) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const own = this.#writes.get(nameOf(key));
    return own === undefined ? this.#base.get(key) : (own[1] ?? undefined);
  }

  put(key: Uint8Array, value: Uint8Array | null): void {
    this.#writes.set(nameOf(key), [key, value]);
  }

  batch(): Change[] {
    return [...this.#writes.values()];
  }
}

/**
 * The store as it was while a batch goes down: who reads in between sees the state of the tip the
 * ledger still shows, never half of the next.
 */
export class SteadyStore implements Reader {
  readonly #store: LedgerStore;
  /** The tree's upper nodes, at most 2^UPPER_LEVELS: about 8 MB. */
  readonly #upper = new Map<string, Uint8Array>();
  #before: Before | undefined;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return isUpperNode(key) ? this.#upperNode(key) : this.#read(key);
  }

  #read(key: Uint8Array): Uint8Array | undefined {
    return (this.#before ?? this.#store).get(key);
  }

  #upperNode(key: Uint8Array): Uint8Array | undefined {
    const name = nameOf(key);
    const known = this.#upper.get(name);
    if (known) return known;
    const value = this.#read(key);
    if (value) this.#upper.set(name, value);
    return value;
  }

  #replace(name: string, value: Uint8Array | null): void {
    if (value) this.#upper.set(name, value);
    else this.#upper.delete(name);
  }

  /** Writes the batch; `shown` runs in the same moment in which readers begin to see it. */
  async write(batch: Change[], moved: Moved, shown: () => void): Promise<void> {
    const before = this.#store.snapshot?.() ?? replacedBy(batch, this.#store);
    this.#before = before;
    try {
      await this.#store.write(batch, moved);
      for (const [key, value] of batch) if (isUpperNode(key)) this.#replace(nameOf(key), value);
      shown();
    } finally {
      this.#before = undefined;
      await before.close();
    }
  }
}

/** So many levels of the tree nearly every block goes through. */
const UPPER_LEVELS = 14;
const [TREE] = treeKey(new Uint8Array(0));

/** A tree's record begins with its depth, u16; the root's own has none. */
function isUpperNode(key: Uint8Array): boolean {
  return key[0] === TREE && key.length > 2 && key[1] === 0 && key[2]! < UPPER_LEVELS;
}

/** The store as it was before a batch. */
function replacedBy(batch: readonly Change[], store: Reader): Before {
  const values = new Map(batch.map(([key]) => [nameOf(key), store.get(key)]));
  return {
    get(key) {
      const name = nameOf(key);
      return values.has(name) ? values.get(name) : store.get(key);
    },
    close: async () => undefined,
  };
}

export function stateIn(reader: Reader): StoredState {
  const at: StoredState['at'] = (path) => {
    const bytes = reader.get(stateKey(path));
    return bytes === undefined ? undefined : decodeEntry(bytes);
  };
  const leavesBehind: StoredState['leavesAfter'] = (path, n) => leavesAfter(treeIn(reader), path, n);
  return { at, get: (key) => at(pathOf(key))?.value, leavesAfter: leavesBehind };
}

export function treeIn(reader: Reader): TreeStore {
  return { get: (key) => reader.get(treeKey(key)) };
}
