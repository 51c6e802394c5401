import { toHex } from '../util/bytes.js';
import { enforce, LedgerError, type RuleCode } from './errors.js';
import type { Applied, Ledger, Moved } from './ledger.js';
import { attempt } from './pool/attempt.js';
import { claimsOf } from './pool/claims.js';
import { type Dropped, type Entry, nameOf, type PoolTx, rateOf } from './pool/entry.js';
import { Lanes } from './pool/lanes.js';
import { levelOf, Prices } from './pool/prices.js';
import { checkReplacement } from './pool/replacement.js';
import { Room } from './pool/room.js';
import { Work } from './pool/work.js';
import { type ReadTx, readTx } from './rules/apply.js';
import { weightOf } from './rules/common.js';
import type { BlockContext } from './rules/run.js';
import { checkNone, checkNow, type SignatureCheck } from './signatures.js';
import { readAccount, readGlobals, type StateView } from './state.js';
import type { Address, Hash } from './types.js';

export type { Dropped, PoolTx } from './pool/entry.js';

/** What the pool needs of the ledger. */
export type Chain = Pick<Ledger, 'params' | 'tip' | 'state' | 'idAt'>;

export interface PoolOptions {
  bytesMax?: number;
}

/** A full block of the largest. A transfer takes some ten times its bytes in memory. */
const BYTES_MAX = 16 * 1024 * 1024;
/** By how much its floor falls at each tip. */
const FALL = 1 / 16;
/** How far above the best that had to go one must pay, while the pool is full. */
const ABOVE_EVICTED = 9 / 8;
/** What depends on time, and is looked at anew at each tip: so many, in turn. */
const TIMED_A_TIP = 512;

/**
 * Transactions waiting for a block: each applies on top of the tip and of those before it, in the slot in which
 * it was last looked at. So the ledger's own rules keep sequences in order and let one sweep, revoke or reveal an
 * object in. A new tip costs what its block touched, whatever waits (pool/lanes.ts).
 */
export class Mempool {
  readonly #chain: Chain;
  readonly #room: Room;
  readonly #entries = new Map<string, Entry>();
  readonly #lanes: Lanes;
  readonly #claims = new Map<string, Entry>();
  readonly #prices = new Prices((claim) => this.#claims.get(claim));
  /** Longest unlooked at first. */
  readonly #timed = new Set<Entry>();
  #floor = 0;
  #next = 0;
  #first = 0;
  #baseFee: bigint;

  constructor(chain: Chain, options: PoolOptions = {}) {
    this.#chain = chain;
    this.#room = new Room(options.bytesMax ?? BYTES_MAX);
    this.#lanes = new Lanes(chain.state);
    this.#baseFee = readGlobals(chain.state).baseFee;
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#room.bytes;
  }

  /** Grains a byte of weight below which nothing is taken in: above 0 for a while after the pool was full. */
  get floor(): number {
    return this.#floor;
  }

  /** The tip's state with everything that waits applied, but for the fee pool. */
  get pending(): StateView {
    return this.#lanes;
  }

  has(id: Hash): boolean {
    return this.#entries.has(toHex(id));
  }

  get(id: Hash): PoolTx | undefined {
    return this.#entries.get(toHex(id));
  }

  /** In the order in which they apply. */
  all(): PoolTx[] {
    return [...this.#entries.values()].sort((a, b) => a.order - b.order);
  }

  /** The sequence number an account's next transaction takes; undefined where there is no account. */
  pendingSeq(address: Address): bigint | undefined {
    return readAccount(this.#lanes, address)?.seq;
  }

  /** Takes a signed transaction in. Throws LedgerError and stays as it was where it breaks a rule. */
  add(bytes: Uint8Array, nowSlot: number): PoolTx {
    return this.take(readTx(bytes), bytes, nowSlot, checkNow);
  }

  /** As `add`, where it has been read; signatures that were verified need no `check`. */
  take(read: ReadTx, bytes: Uint8Array, nowSlot: number, check: SignatureCheck): PoolTx {
    enforce(!this.has(read.id), 'known');
    const rate = rateOf(read.tx, weightOf(this.#chain.params, read.tx, bytes.length));
    enforce(this.#floor === 0 || rate >= this.#floor, 'pool-full');
    if (!this.#room.fits(bytes.length)) enforce(levelOf(rate) > this.#prices.lowest()!, 'pool-full');
    const claims = claimsOf(read.tx);
    const rivals = new Set(claims.flatMap((claim) => this.#claims.get(claim) ?? []));
    const order = rivals.size > 0 ? checkReplacement(read.tx, rate, rivals, this.#claims) : this.#next++;
    const context = this.#context(nowSlot, check);
    const entry: Entry = { ...this.#entry(read, bytes, order, claims), ...attempt(context, this.#lanes, read, order) };
    const work = new Work();
    const names = [...rivals].flatMap((rival) => this.#remove(rival));
    this.#insert(entry);
    for (const name of rivals.size > 0 ? [...names, ...entry.touched.keys()] : []) work.push(this.#lanes.stale(name));
    this.#settle(work, this.#context(nowSlot));
    if (this.#room.fullness > 1) this.#evict(nowSlot);
    enforce(this.has(read.id), 'pool-full');
    return entry;
  }

  /** Takes transactions out, and with them those that no longer apply without them. */
  remove(ids: readonly Hash[], nowSlot: number): void {
    const work = new Work();
    const names = ids.flatMap((id) => this.#remove(this.#entries.get(toHex(id))));
    for (const name of names) work.push(this.#lanes.stale(name));
    this.#settle(work, this.#context(nowSlot));
  }

  /**
   * Best paying first, a sender's in their order, at most `bytesMax` in all. Not every one must apply on its own
   * (it may spend what a worse paying one brings): a template tries those again, or leaves them out.
   */
  candidates(bytesMax: number): Uint8Array[] {
    return [...this.best(bytesMax)].map(({ bytes }) => bytes);
  }

  /** As `candidates`, each with what was read of it. */
  *best(bytesMax: number): Generator<PoolTx & { read: ReadTx }> {
    let total = 0;
    for (const entry of this.#prices.best()) {
      if (total + entry.bytes.length > bytesMax) continue;
      total += entry.bytes.length;
      yield entry;
    }
  }

  /**
   * Follows the chain to its new tip: what a block took in goes, what was taken back comes again first, and who
   * finds something else now is applied anew. Returns what no longer applies, and why.
   */
  reset(moved: Pick<Moved, 'connected' | 'disconnected'>, nowSlot: number): Dropped[] {
    const { connected, disconnected } = moved;
    const names = new Set<string>();
    for (const { keys } of [...connected, ...disconnected]) for (const key of keys) names.add(nameOf(key));
    // The last first: whatever follows the first of a sender's many would be priced anew with each that goes before it.
    for (const { txids } of connected.toReversed())
      for (const id of txids.toReversed())
        for (const name of this.#remove(this.#entries.get(toHex(id)))) names.add(name);
    const context = this.#context(nowSlot);
    const dropped = this.#takeBack(disconnected, connected, context, names);
    const work = new Work();
    for (const name of names) work.push(this.#lanes.stale(name));
    this.#age(work, context, disconnected.length > 0);
    dropped.push(...this.#settle(work, context));
    if (this.#room.fullness > 1) dropped.push(...this.#evict(nowSlot));
    this.#floor = this.#room.fullness < 1 / 2 ? 0 : this.#floor * (1 - FALL);
    return dropped;
  }

  /** What blocks gave back, in the chain's order and before all that waits, as far as there is room. */
  #takeBack(blocks: readonly Applied[], again: readonly Applied[], context: BlockContext, names: Set<string>) {
    const included = new Set(again.flatMap(({ txids }) => txids.map(toHex)));
    const dropped: Dropped[] = [];
    const back = blocks.toReversed().flatMap(({ body, txids }) => body.map((bytes, i) => ({ bytes, id: txids[i]! })));
    const kept = back.filter(({ id }) => !included.has(toHex(id)) && !this.has(id));
    this.#first -= kept.length;
    for (const [i, { bytes }] of kept.entries()) {
      if (this.#room.fullness > 2) break;
      const read = readTx(bytes);
      const order = this.#first + i;
      try {
        const done = attempt(context, this.#lanes, read, order);
        const entry: Entry = { ...this.#entry(read, bytes, order, claimsOf(read.tx)), ...done };
        this.#insert(entry);
        for (const name of entry.touched.keys()) names.add(name);
      } catch (error) {
        dropped.push(droppedFor(error, read));
      }
    }
    return dropped;
  }

  /** Those that a new tip may rule out, or change, whatever it touched: by its height, its slot or its base fee. */
  #age(work: Work, context: BlockContext, forked: boolean): void {
    const { baseFee } = readGlobals(this.#chain.state);
    const dearer = baseFee > this.#baseFee;
    this.#baseFee = baseFee;
    const oldest = context.height - context.params.cycleBlocks;
    for (const entry of this.#entries.values()) {
      const { height } = entry.tx.ref;
      if (forked || height < oldest || (dearer && entry.rate < Number(baseFee))) work.push(entry);
    }
    let looked = 0;
    for (const entry of this.#timed) {
      if (looked++ === TIMED_A_TIP) break;
      work.push(entry);
    }
  }

  #context(nowSlot: number, check: SignatureCheck = checkNone): BlockContext {
    const { params, tip } = this.#chain;
    const slot = Math.max(nowSlot, tip.slot + 1);
    const blockIdAt = (height: number) => this.#chain.idAt(height);
    return { params, height: tip.height + 1, slot, staked: false, check, blockIdAt };
  }

  #entry(read: ReadTx, bytes: Uint8Array, order: number, claims: readonly string[]) {
    return { id: read.id, tx: read.tx, bytes, read, name: toHex(read.id), order, claims };
  }

  #insert(entry: Entry): void {
    this.#entries.set(entry.name, entry);
    this.#room.put(entry);
    for (const claim of entry.claims) this.#claims.set(claim, entry);
    this.#lanes.insert(entry);
    this.#prices.insert(entry);
    if (entry.timed) this.#timed.add(entry);
  }

  /** Gives the names of the keys that it touched. */
  #remove(entry: Entry | undefined): string[] {
    if (!entry) return [];
    this.#entries.delete(entry.name);
    this.#room.take(entry);
    this.#lanes.remove(entry);
    this.#timed.delete(entry);
    for (const claim of entry.claims) if (this.#claims.get(claim) === entry) this.#claims.delete(claim);
    this.#prices.remove(entry);
    return [...entry.touched.keys()];
  }

  /** Applies anew whoever finds something else than before, then whoever that concerns. Gives those that no longer apply. */
  #settle(work: Work, context: BlockContext): Dropped[] {
    const dropped: Dropped[] = [];
    for (let entry = work.pop(); entry; entry = work.pop()) {
      if (this.#entries.get(entry.name) !== entry) continue;
      const names = new Set(entry.touched.keys());
      try {
        const done = attempt(context, this.#lanes, entry.read, entry.order);
        for (const name of done.touched.keys()) names.add(name);
        this.#lanes.remove(entry);
        this.#room.take(entry);
        Object.assign(entry, done);
        this.#room.put(entry);
        this.#lanes.insert(entry);
        this.#timed.delete(entry);
        if (entry.timed) this.#timed.add(entry);
      } catch (error) {
        dropped.push(droppedFor(error, entry.read));
        this.#remove(entry);
      }
      for (const name of names) work.push(this.#lanes.staleAfter(name, entry.order));
    }
    return dropped;
  }

  /** The worst paying go, and for a while only better paying ones come in. */
  #evict(nowSlot: number): Dropped[] {
    const dropped: Dropped[] = [];
    const names = new Set<string>();
    for (const entry of this.#room.overflow(this.#prices.worst())) {
      for (const name of this.#remove(entry)) names.add(name);
      this.#floor = Math.max(this.#floor, entry.rate * ABOVE_EVICTED);
      dropped.push({ id: entry.id, tx: entry.tx, rule: 'pool-full' });
    }
    const work = new Work();
    for (const name of names) work.push(this.#lanes.stale(name));
    dropped.push(...this.#settle(work, this.#context(nowSlot)));
    return dropped;
  }
}

function droppedFor(error: unknown, { id, tx }: ReadTx): Dropped {
  if (!(error instanceof LedgerError)) throw error;
  const rule: RuleCode = error.rule;
  return { id, tx, rule };
}
