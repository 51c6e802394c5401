import { toHex } from '../util/bytes.js';
import { enforce, LedgerError, type RuleCode } from './errors.js';
import type { Ledger, Moved } from './ledger.js';
import { applyTx, type ReadTx, readTx } from './rules/apply.js';
import type { BlockContext } from './rules/run.js';
import { checkNone, checkNow } from './signatures.js';
import { Overlay, readAccount, type StateView } from './state.js';
import type { Address, Hash, Tx } from './types.js';

/** What the pool needs of the ledger. */
export type Chain = Pick<Ledger, 'params' | 'tip' | 'state' | 'idAt'>;

export interface PoolTx {
  id: Hash;
  tx: Tx;
  bytes: Uint8Array;
}

interface Entry extends PoolTx {
  read: ReadTx;
  /** Grains a byte of weight: a matter of policy, so a double will do. */
  rate: number;
}

/** Why a transaction left the pool other than into a block. */
export interface Dropped {
  id: Hash;
  tx: Tx;
  rule: RuleCode;
}

export interface PoolOptions {
  bytesMax?: number;
}

/** Two full blocks: every new tip applies the whole pool again, about 30 µs a transaction. */
const BYTES_MAX = 8 * 1024 * 1024;

/**
 * Transactions waiting for a block: each applies on top of the tip and of those before it. So the
 * ledger's own rules keep sequences in order and let one sweep, revoke or reveal an object in.
 */
export class Mempool {
  readonly #chain: Chain;
  readonly #bytesMax: number;
  /** In order of arrival. */
  #entries = new Map<string, Entry>();
  #pending: Overlay;
  #bytes = 0;

  constructor(chain: Chain, options: PoolOptions = {}) {
    this.#chain = chain;
    this.#bytesMax = options.bytesMax ?? BYTES_MAX;
    this.#pending = new Overlay(chain.state);
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The tip's state with everything that waits applied. */
  get pending(): StateView {
    return this.#pending;
  }

  has(id: Hash): boolean {
    return this.#entries.has(toHex(id));
  }

  get(id: Hash): PoolTx | undefined {
    return this.#entries.get(toHex(id));
  }

  /** In order of arrival. */
  all(): PoolTx[] {
    return [...this.#entries.values()];
  }

  /** The sequence number an account's next transaction takes; undefined where there is no account. */
  pendingSeq(address: Address): bigint | undefined {
    return readAccount(this.#pending, address)?.seq;
  }

  /** Takes a signed transaction in. Throws LedgerError and stays as it was where it breaks a rule. */
  add(bytes: Uint8Array, nowSlot: number): PoolTx {
    const read = readTx(bytes);
    enforce(!this.has(read.id), 'known');
    const entry = this.#apply(read, bytes, nowSlot, true);
    if (this.#bytes > this.#bytesMax) this.#evict(nowSlot);
    enforce(this.has(read.id), 'pool-full');
    return entry;
  }

  /** Takes transactions out, and with them those that no longer apply without them. */
  remove(ids: readonly Hash[], nowSlot: number): void {
    const gone = new Set(ids.map(toHex));
    this.#rebuild(
      [...this.#entries.values()].filter(({ id }) => !gone.has(toHex(id))),
      nowSlot,
    );
  }

  /**
   * Best paying first, a sender's in their order, at most `bytesMax` in all. Not every one must apply
   * (another may have taken its place): `Ledger.buildBlock` leaves those out.
   */
  candidates(bytesMax: number): Uint8Array[] {
    const rates = new Map<string, number>();
    const ranked = [...this.#entries.values()].map((entry) => {
      const sender = 'seq' in entry.tx ? toHex(entry.tx.from) : undefined;
      // What comes after a poorly paying one waits with it.
      const rate = Math.min(entry.rate, rates.get(sender ?? '') ?? Number.POSITIVE_INFINITY);
      if (sender) rates.set(sender, rate);
      return { bytes: entry.bytes, rate };
    });
    ranked.sort((a, b) => b.rate - a.rate);
    let total = 0;
    return ranked
      .map((entry) => entry.bytes)
      .filter((bytes) => {
        if (total + bytes.length > bytesMax) return false;
        total += bytes.length;
        return true;
      });
  }

  /**
   * Follows the chain to its new tip: what a block took in goes, what was taken back comes again
   * first, and everything is applied anew. Returns what no longer applies, and why.
   */
  reset(moved: Pick<Moved, 'connected' | 'disconnected'>, nowSlot: number): Dropped[] {
    const waiting = this.#entries;
    const included = new Set<string>();
    for (const { body } of moved.connected) for (const bytes of body) included.add(toHex(readTx(bytes).id));
    const again = moved.disconnected
      .toReversed()
      .flatMap(({ body }) => body.map((bytes) => ({ bytes, read: readTx(bytes) })));
    const known = new Set(again.map(({ read }) => toHex(read.id)));
    const rest = [...waiting.values()].filter((entry) => !known.has(toHex(entry.id)));
    const queue = [...again, ...rest].filter(({ read }) => !included.has(toHex(read.id)));
    const dropped = this.#rebuild(queue, nowSlot);
    if (this.#bytes > this.#bytesMax) dropped.push(...this.#evict(nowSlot));
    return dropped;
  }

  #context(nowSlot: number, verify: boolean): BlockContext {
    const { params, tip } = this.#chain;
    const slot = Math.max(nowSlot, tip.slot + 1);
    return {
      params,
      height: tip.height + 1,
      slot,
      staked: false,
      check: verify ? checkNow : checkNone,
      blockIdAt: (height) => this.#chain.idAt(height),
    };
  }

  #apply(read: ReadTx, bytes: Uint8Array, nowSlot: number, verify: boolean): Entry {
    const { weight } = applyTx(this.#context(nowSlot, verify), this.#pending, read);
    const entry = { id: read.id, tx: read.tx, bytes, read, rate: Number(read.tx.fee) / Number(weight) };
    this.#entries.set(toHex(read.id), entry);
    this.#bytes += bytes.length;
    return entry;
  }

  /** Signatures were verified when each came in, and hold for good: the body fixes the keys. */
  #rebuild(queue: readonly { bytes: Uint8Array; read: ReadTx }[], nowSlot: number): Dropped[] {
    this.#entries = new Map();
    this.#pending = new Overlay(this.#chain.state);
    this.#bytes = 0;
    const dropped: Dropped[] = [];
    for (const { bytes, read } of queue) {
      try {
        this.#apply(read, bytes, nowSlot, false);
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        dropped.push({ id: read.id, tx: read.tx, rule: error.rule });
      }
    }
    return dropped;
  }

  /** The worst paying go, with an eighth to spare: so a full pool is applied anew once in many additions. */
  #evict(nowSlot: number): Dropped[] {
    const entries = [...this.#entries.values()];
    const room = this.#bytesMax - this.#bytesMax / 8;
    const kept = new Set<Entry>();
    let total = 0;
    for (const entry of entries.toSorted((a, b) => b.rate - a.rate)) {
      if (total + entry.bytes.length > room) break;
      total += entry.bytes.length;
      kept.add(entry);
    }
    const gone = entries
      .filter((entry) => !kept.has(entry))
      .map((entry): Dropped => ({ id: entry.id, tx: entry.tx, rule: 'pool-full' }));
    const orphaned = this.#rebuild(
      entries.filter((entry) => kept.has(entry)),
      nowSlot,
    );
    return [...gone, ...orphaned];
  }
}
