import { equal, toHex } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';
import { entryOn } from '../entry.js';
import { enforce } from '../errors.js';
import { decodeHeader, encodeHeader, headerId } from '../header.js';
import { HeaderChecker } from '../header-rules.js';
import { heightKey, tipKey, treeKey } from '../layout.js';
import type { Params } from '../params.js';
import type { Scrypt } from '../pow.js';
import { type Entry, idAt, readEntry, writeHeader } from '../records.js';
import { type LedgerStore, Staging, treeIn } from '../staging.js';
import type { Change } from '../state.js';
import { putState } from '../state-entry.js';
import { rootOf, updateTree } from '../tree.js';
import type { Hash, Header } from '../types.js';
import { eraseLedger, startOf, writeStart } from './begin.js';
import { checkPart, type Part, type PartAnswer, rootPart } from './part.js';
import {
  type JoinState,
  type JoinTarget,
  joinHeaderKey,
  joinPartKey,
  joinPartRange,
  readJoin,
  readJoinPart,
  writeJoin,
} from './records.js';
import { ScryptAhead } from './scrypt-ahead.js';

export type { JoinTarget } from './records.js';

/** Headers checked in one batch. */
const BATCH = 256;

/** A store to join into: what has to be gone through is read from a snapshot. */
export type JoinStore = LedgerStore & Required<Pick<LedgerStore, 'snapshot'>>;

/** What changes once its batch is written. */
interface Step {
  state?: Partial<JoinState>;
  gone?: Part[];
  come?: Part[];
}

/**
 * A ledger in the making: headers down from a block that is trusted, checked from their start on once they reach it,
 * and that block's state part by part. Each answer is one batch, so a killed join goes on where it was. Once
 * both are complete, `finish` makes a ledger of it that has no undo records and no bodies at its tip and below.
 */
export class Join {
  readonly #params: Params;
  readonly #store: JoinStore;
  readonly #checker: HeaderChecker;
  readonly #scrypt: ScryptAhead;
  readonly #parts = new Map<string, Part>();
  readonly #start: Entry;
  #state: JoinState;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(params: Params, store: JoinStore, scrypt: Scrypt, state: JoinState) {
    this.#params = params;
    this.#store = store;
    this.#scrypt = new ScryptAhead(scrypt);
    this.#checker = new HeaderChecker(params, { scrypt: this.#scrypt.scrypt });
    this.#state = state;
    this.#start = startOf(params, state.target);
  }

  /** The join that was begun in a store; undefined: none. */
  static async resume(params: Params, store: JoinStore, scrypt: Scrypt): Promise<Join | undefined> {
    const state = readJoin(store);
    if (!state) return undefined;
    const join = new Join(params, store, scrypt, state);
    await join.#load();
    return join;
  }

  /**
   * Begins a join, in place of whatever the store holds, which is erased. Throws LedgerError 'checkpoint' for a target
   * that cannot be one: its start must lie a cycle below, or be genesis.
   */
  static async begin(params: Params, store: JoinStore, scrypt: Scrypt, target: JoinTarget): Promise<Join> {
    const checked = startOf(params, target).header.height;
    const wanted = { wantedHeight: target.height, wanted: target.id };
    const join = new Join(params, store, scrypt, { target, phase: 'erase', ...wanted, checked, entries: 0 });
    await join.#write((staging) => {
      writeJoin(staging, join.#state);
      return {};
    });
    await join.#load();
    return join;
  }

  get target(): JoinTarget {
    return this.#state.target;
  }

  /** Of the headers wanted how many came and were checked; entries of the state, and how much of it (0 to 1) is here. */
  get progress(): { of: number; headers: number; checked: number; entries: number; state: number } {
    const { target, wantedHeight, checked, entries } = this.#state;
    const { height } = this.#start.header;
    const headers = target.height - wantedHeight;
    const left = [...this.#parts.values()].reduce((sum, { depth }) => sum + 2 ** -depth, 0);
    return {
      of: target.height - height,
      headers,
      checked: checked - height,
      entries,
      state: headers > 0 ? 1 - left : 0,
    };
  }

  /** The header that is wanted next, and how many with it and below it; undefined: all are here. */
  get wantedHeaders(): { id: Hash; height: number; count: number } | undefined {
    const { wanted, wantedHeight } = this.#state;
    const count = wantedHeight - this.#start.header.height;
    return count > 0 ? { id: wanted, height: wantedHeight, count } : undefined;
  }

  /** The parts of the state that are wanted, the latest first: so there are never many. None before the first header. */
  wantedParts(): Part[] {
    return [...this.#parts.values()].reverse();
  }

  /**
   * Takes headers from the wanted one down. Each must be the one that the block above names: LedgerError 'checkpoint'
   * else, nothing changes, and whoever sent it lied.
   */
  takeHeaders(headers: readonly Header[]): Promise<void> {
    return this.#write((staging) => {
      let { wanted, wantedHeight } = this.#state;
      const come: Part[] = [];
      for (const header of headers) {
        if (wantedHeight === this.#start.header.height) break;
        enforce(equal(headerId(header), wanted) && header.height === wantedHeight, 'checkpoint');
        staging.put(joinHeaderKey(wantedHeight), encodeHeader(header));
        if (wantedHeight === this.target.height) come.push(rootPart(header.stateRoot));
        wanted = header.parent;
        wantedHeight -= 1;
      }
      const started = wantedHeight > this.#start.header.height || equal(wanted, this.#start.id);
      enforce(started, 'checkpoint', 'its headers lead to another start');
      return { state: { wanted, wantedHeight }, come };
    });
  }

  /**
   * Once no header is wanted any more: holds each to the header rules, a batch at a time. Throws LedgerError for one
   * that breaks them: then the target is none, whoever named it.
   */
  async checkHeaders(nowSlot: number, signal?: AbortSignal): Promise<void> {
    invariant(!this.wantedHeaders, 'headers are checked once all are there');
    const id = idAt(this.#store, this.#state.checked);
    let parent = id && readEntry(this.#store, id);
    while (this.#state.checked < this.target.height) {
      signal?.throwIfAborted();
      const entries: Entry[] = [];
      const top = Math.min(this.#state.checked + BATCH, this.target.height);
      const headers: Header[] = [];
      for (let height = this.#state.checked + 1; height <= top; height++) {
        headers.push(decodeHeader(this.#store.get(joinHeaderKey(height))!));
      }
      this.#scrypt.begin(headers);
      for (const header of headers) {
        invariant(parent, 'a header that was checked is stored');
        await this.#checker.check(parent, header, nowSlot);
        parent = entryOn(this.#params, parent, header, headerId(header));
        entries.push(parent);
      }
      await this.#write((staging) => {
        for (const entry of entries) {
          writeHeader(staging, entry);
          staging.put(heightKey(entry.header.height), entry.id);
          staging.put(joinHeaderKey(entry.header.height), null);
        }
        return { state: { checked: top } };
      });
    }
  }

  /** Takes what a peer said to a wanted part. Throws LedgerError 'state-part' where it lied; nothing changes then. */
  takePart(part: Part, answer: PartAnswer): Promise<void> {
    return this.#write((staging) => {
      const wanted = this.#parts.get(nameOf(part));
      if (!wanted) return {};
      const checked = checkPart(wanted, answer);
      if ('parts' in checked) return { gone: [wanted], come: checked.parts };
      const { entries } = checked;
      const changes = entries.map(({ key, value }): Change => [key, value]);
      for (const change of changes) putState(staging, change);
      for (const [key, value] of updateTree(changes, treeIn(staging)).writes) staging.put(treeKey(key), value);
      return { state: { entries: this.#state.entries + entries.length }, gone: [wanted] };
    });
  }

  get complete(): boolean {
    return this.#state.phase === 'fetch' && this.#state.checked === this.target.height && this.#parts.size === 0;
  }

  /** Makes a ledger of what is complete: Ledger.open finds it at the target. */
  finish(): Promise<void> {
    invariant(this.complete, 'a join is finished once it is complete');
    return this.#write((staging) => {
      const { header } = readEntry(staging, this.target.id)!;
      invariant(equal(rootOf(treeIn(staging)), header.stateRoot), 'the parts of a state are the state');
      staging.put(tipKey, this.target.id);
      writeJoin(staging, null);
      return {};
    });
  }

  /** What the store held goes first; parts that were wanted still are. */
  async #load(): Promise<void> {
    const snapshot = this.#store.snapshot();
    try {
      if (this.#state.phase === 'erase') {
        await eraseLedger(this.#store, snapshot);
        await this.#write((staging) => {
          writeStart(this.#params, staging, this.target);
          return { state: { phase: 'fetch' } };
        });
        return;
      }
      for await (const [key, hash] of snapshot.scan(...joinPartRange))
        this.#parts.set(...named(readJoinPart(key, hash)));
    } finally {
      await snapshot.close();
    }
  }

  /** One at a time: what it says is known here only once it is written. */
  #write(make: (staging: Staging) => Step): Promise<void> {
    const written = this.#turn.then(async () => {
      const staging = new Staging(this.#store);
      const { state, gone = [], come = [] } = make(staging);
      for (const part of gone) staging.put(joinPartKey(part), null);
      for (const part of come) staging.put(joinPartKey(part), part.hash);
      const next = { ...this.#state, ...state };
      if (state) writeJoin(staging, next);
      const batch = staging.batch();
      if (batch.length === 0) return;
      await this.#store.write(batch, { connected: [], disconnected: [] });
      this.#state = next;
      for (const part of gone) this.#parts.delete(nameOf(part));
      for (const part of come) this.#parts.set(...named(part));
    });
    this.#turn = written.catch(() => undefined);
    return written;
  }
}

const nameOf = ({ depth, prefix }: Part): string => `${depth}/${toHex(prefix)}`;
const named = (part: Part): [string, Part] => [nameOf(part), part];
