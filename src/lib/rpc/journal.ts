import { createHash } from 'node:crypto';
import { Failure } from '../util/errors.js';
import { toJson } from './wire.js';

/** A durable map. `put` returns once the value would survive a power cut. */
export interface JournalStore {
  get(key: string): Promise<string | undefined>;
  put(key: string, value: string): Promise<void>;
}

export type Entry =
  /** Never seen: now written down, and nothing was sent yet. */
  | { state: 'new' }
  /** Begun, and cut off before its end; `note` is the last thing written about it. */
  | { state: 'begun'; note: unknown }
  | { state: 'done'; result: unknown };

interface Stored {
  args: string;
  note: unknown;
  done: boolean;
  result: unknown;
}

/**
 * What makes a retry safe: a request id is on disk before anything is sent. The same id with the
 * same arguments gives the first result; with others it is refused.
 */
export class RequestJournal {
  readonly #store: JournalStore;

  constructor(store: JournalStore) {
    this.#store = store;
  }

  /** Throws a usage Failure where the id was used with other arguments. */
  async begin(requestId: string, argsHash: string): Promise<Entry> {
    const stored = await this.#read(requestId);
    if (!stored) {
      await this.#write(requestId, { args: argsHash, note: null, done: false, result: null });
      return { state: 'new' };
    }
    if (stored.args !== argsHash) {
      throw new Failure('usage', `request id ${requestId} was used with other arguments`, 'take a new request id');
    }
    return stored.done ? { state: 'done', result: stored.result } : { state: 'begun', note: stored.note };
  }

  /** Writes down what is about to be sent, before it is. */
  async note(requestId: string, note: unknown): Promise<void> {
    const stored = await this.#begun(requestId);
    await this.#write(requestId, { ...stored, note });
  }

  async finish(requestId: string, result: unknown): Promise<void> {
    const stored = await this.#begun(requestId);
    await this.#write(requestId, { ...stored, done: true, result });
  }

  async #begun(requestId: string): Promise<Stored> {
    const stored = await this.#read(requestId);
    if (!stored) throw new Error(`request ${requestId} was never begun`);
    return stored;
  }

  async #read(requestId: string): Promise<Stored | undefined> {
    const text = await this.#store.get(requestId);
    return text === undefined ? undefined : (JSON.parse(text) as Stored);
  }

  async #write(requestId: string, stored: Stored): Promise<void> {
    await this.#store.put(requestId, toJson(stored));
  }
}

/** Of a method and its parameters, whatever their order; what only says how to call does not count. */
export function hashArgs(method: string, params: object): string {
  const counted = Object.entries(params)
    .filter(([name, value]) => !['requestId', 'dryRun', 'maxSpend'].includes(name) && value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(toJson([method, counted]))
    .digest('hex');
}
