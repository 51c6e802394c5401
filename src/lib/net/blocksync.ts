import { equal, toHex } from '../util/bytes.js';
import { type Clock, systemClock } from '../util/clock.js';
import { isFailure } from '../util/errors.js';
import type { Verdict } from './gossip.js';
import type { Log } from './log.js';
import { Standing } from './standing.js';
import type { Status } from './sync.js';
import { LIMITS } from './wire.js';

export interface HeaderSummary {
  id: Uint8Array;
  parent: Uint8Array;
  height: number;
  /** No transactions: the body need not be asked for. */
  empty?: boolean;
}

/** What the synchroniser needs of the ledger. Headers and transactions are in their canonical encoding. */
export interface SyncLedger {
  status(): Status;
  /** Ids of the best chain from the tip back, ever sparser, genesis last. */
  locator(): Uint8Array[];
  has(id: Uint8Array): boolean;
  /** Throws for what is no header. */
  readHeader(bytes: Uint8Array): HeaderSummary;
  /**
   * Checks what a run of headers, each on the one before, proves without bodies: these are asked for only
   * after it (leadership before storage). Throws for a bad one; `orphan` where the first has no parent here.
   */
  checkHeaders(run: Uint8Array[]): Promise<'good' | 'orphan'>;
  /** Throws for an invalid block. */
  addBlock(header: Uint8Array, body: Uint8Array[]): Promise<'known' | 'orphan' | 'side' | 'extended' | 'reorganised'>;
  /** How bad it is of the sender that a check threw this: points, 100 cut it off; 0 where nobody lied. */
  blame(error: unknown): number;
}

/** What it needs of the network. */
export interface SyncPeers {
  peers(): string[];
  requestStatus(peer: string, signal?: AbortSignal): Promise<Status>;
  requestHeaders(peer: string, locator: Uint8Array[], max: number, signal?: AbortSignal): Promise<Uint8Array[]>;
  requestBodies(peer: string, ids: Uint8Array[], signal?: AbortSignal): AsyncGenerator<Uint8Array[] | undefined>;
  misbehave(peer: string, points: number, why: string): void;
}

const LIAR_POINTS = 50;
/** Syncs that run at once: two, so that one slow peer does not hold everything up. */
const RUNNING_MAX = 2;

/** So many headers always fit into an answer: with fewer, the peer has no more. */
const FULL_BATCH = Math.min(LIMITS.headers, Math.floor(LIMITS.headersBytes / (LIMITS.headerBytes + 5)));
/** More than is forgiven until it may boast again, so that it adds up: some six times in a row. */
const BOAST_POINTS = 25;

class Liar extends Error {
  constructor(
    message: string,
    readonly points = LIAR_POINTS,
  ) {
    super(message);
  }
}

interface Wanted extends HeaderSummary {
  bytes: Uint8Array;
}

/** Catches up with peers and follows what they announce. One sync a peer; what comes is held to what was asked. */
export class Synchroniser {
  readonly #running = new Map<string, { abort: AbortController; done: Promise<void> }>();
  readonly #waiting = new Set<string>();
  /** Announced blocks on their way, by id. */
  readonly #fetching = new Map<string, Promise<Verdict>>();
  readonly #standing: Standing;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: SyncLedger,
    private readonly network: SyncPeers,
    private readonly log: Log,
    clock: Clock = systemClock,
  ) {
    this.#standing = new Standing(clock);
  }

  /** Every so often some peer is asked how far it is, so that a lost announcement is made good. */
  start(intervalMs: number, random: () => number = Math.random): void {
    this.#timer = setInterval(() => {
      const peers = this.network.peers().filter((peer) => this.#standing.ready(peer));
      const peer = peers[Math.floor(random() * peers.length)];
      if (peer) this.sync(peer);
    }, intervalMs);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#waiting.clear();
    const running = [...this.#running.values()];
    for (const { abort } of running) abort.abort();
    await Promise.all(running.map(({ done }) => done));
  }

  idle(): boolean {
    return this.#running.size === 0;
  }

  /** Whether a peer that showed more work than ours is being caught up with, or no peer was heard out yet. */
  behind(): boolean {
    return this.#standing.behind(this.ledger.status().work, this.network.peers());
  }

  onPeer(peer: string, connected: boolean): void {
    if (connected) {
      this.sync(peer);
      return;
    }
    this.#waiting.delete(peer);
    this.#standing.left(peer);
    this.#running.get(peer)?.abort.abort();
  }

  /** Catches up with a peer, now or when a running sync ends; not soon after it failed us. Never throws. */
  sync(peer: string): void {
    this.#waiting.delete(peer);
    if (this.#stopped || !this.#standing.ready(peer) || !this.network.peers().includes(peer)) return;
    if (this.#running.has(peer) || this.#running.size >= RUNNING_MAX) {
      this.#waiting.add(peer);
      return;
    }
    const abort = new AbortController();
    const done = this.#run(peer, abort.signal).finally(() => {
      this.#running.delete(peer);
      for (const next of [...this.#waiting]) this.sync(next);
    });
    this.#running.set(peer, { abort, done });
  }

  /**
   * A header somebody announced: its block is fetched from them and added before the verdict, so that
   * whoever hears of it from us can have it from us.
   */
  async onHeader(from: string, bytes: Uint8Array): Promise<Verdict> {
    if (this.#stopped) return 'ignore';
    let header: HeaderSummary;
    try {
      header = this.ledger.readHeader(bytes);
    } catch {
      return 'reject';
    }
    // Two blocks in quick succession: the second is no orphan, its parent is on its way.
    await this.#fetching.get(toHex(header.parent));
    if (this.ledger.has(header.id)) return 'ignore';
    try {
      if ((await this.ledger.checkHeaders([bytes])) === 'orphan') {
        this.sync(from);
        return 'ignore';
      }
    } catch (error) {
      return this.ledger.blame(error) > 0 ? 'reject' : 'ignore';
    }
    const key = toHex(header.id);
    if (this.#fetching.has(key)) return 'ignore';
    const fetched = this.#fetch(from, { ...header, bytes }).finally(() => this.#fetching.delete(key));
    this.#fetching.set(key, fetched);
    return fetched;
  }

  async #fetch(from: string, wanted: Wanted): Promise<Verdict> {
    try {
      await this.#addBodies(from, [wanted]);
      return 'accept';
    } catch (error) {
      this.#judge(from, error);
      // Not its fault: perhaps it was busy, and its block can still be had.
      if (!(error instanceof Liar) && !this.#stopped) this.sync(from);
      return 'ignore';
    }
  }

  async #run(peer: string, signal: AbortSignal): Promise<void> {
    try {
      const { work } = await this.network.requestStatus(peer, signal);
      signal.throwIfAborted();
      if (work > this.ledger.status().work) await this.#catchUp(peer, work, signal);
      if (this.ledger.status().work < work) throw new Liar('claimed more work than it showed', BOAST_POINTS);
      signal.throwIfAborted();
      this.#standing.heard(peer);
    } catch (error) {
      if (!signal.aborted) this.#failed(peer, error);
    } finally {
      this.#standing.over(peer);
    }
  }

  /**
   * Silence is no cheaper than a boast, or it would be the way to boast, and neither is heard again soon.
   * A proven lie is: a few are enough to be cut off. So is who was busy, or met with a fault of ours.
   */
  #failed(peer: string, error: unknown): void {
    const busy = isFailure(error) && error.code === 'temporary';
    const paused = error instanceof Liar ? error.points === BOAST_POINTS : !busy;
    if (paused) this.#standing.pause(peer);
    this.#judge(peer, error);
    if (isFailure(error) && error.code === 'unreachable') {
      this.network.misbehave(peer, BOAST_POINTS, 'fell silent in a sync');
    }
  }

  async #catchUp(peer: string, claim: bigint, signal: AbortSignal): Promise<void> {
    let from: Wanted | undefined;
    for (;;) {
      // After the first batch the peer goes on from its own block, which may be on a branch not yet our best.
      const locator = [...(from ? [from.id] : []), ...this.ledger.locator()].slice(0, LIMITS.locatorIds);
      const batch = await this.network.requestHeaders(peer, locator, LIMITS.headers, signal);
      signal.throwIfAborted();
      const linked = this.#link(batch, locator);
      const missing = linked.filter(({ id }) => !this.ledger.has(id));
      for (let i = 0; i < missing.length; i += LIMITS.bodyIds) {
        const some = missing.slice(i, i + LIMITS.bodyIds);
        await this.#held(this.ledger.checkHeaders(some.map(({ bytes }) => bytes)));
        signal.throwIfAborted();
        this.#standing.claims(peer, claim);
        await this.#addBodies(peer, some, signal);
      }
      const last = linked.at(-1);
      if (!last || batch.length < FULL_BATCH) return;
      if (from && last.height <= from.height) throw new Liar('the same headers again');
      from = last;
    }
  }

  /** Headers must begin after a block we named, and each follow the one before. */
  #link(batch: Uint8Array[], locator: Uint8Array[]): Wanted[] {
    let previous: HeaderSummary | undefined;
    return batch.map((bytes) => {
      const header = this.#read(bytes);
      const follows = previous
        ? equal(header.parent, previous.id) && header.height === previous.height + 1
        : locator.some((id) => equal(id, header.parent));
      if (!follows) throw new Liar('headers that do not follow what was asked for');
      previous = header;
      return { ...header, bytes };
    });
  }

  #read(bytes: Uint8Array): HeaderSummary {
    try {
      return this.ledger.readHeader(bytes);
    } catch {
      throw new Liar('what is no header');
    }
  }

  async #addBodies(peer: string, wanted: Wanted[], signal?: AbortSignal): Promise<void> {
    const ids = wanted.flatMap(({ id, empty }) => (empty ? [] : [id]));
    const bodies = ids.length > 0 ? this.network.requestBodies(peer, ids, signal) : undefined;
    try {
      for (const { bytes, empty } of wanted) {
        const body = empty ? [] : await nextBody(bodies!);
        await this.#held(this.ledger.addBlock(bytes, body));
        this.#standing.progress(peer);
        signal?.throwIfAborted();
      }
    } finally {
      await bodies?.return(undefined);
    }
  }

  /** Runs a check of the ledger's; what it throws is the peer's lie, as bad as the ledger says. */
  async #held<T>(check: Promise<T | 'orphan'>): Promise<void> {
    let result: T | 'orphan';
    try {
      result = await check;
    } catch (error) {
      throw new Liar((error as Error).message, this.ledger.blame(error));
    }
    if (result === 'orphan') throw new Error('a block without its parent');
  }

  /** What the network saw wrong it has scored already. */
  #judge(peer: string, error: unknown): void {
    const { message } = error as Error;
    if (error instanceof Liar && error.points > 0) this.network.misbehave(peer, error.points, message);
    this.log.debug({ peer, error: message }, 'a sync ended early');
  }
}

async function nextBody(bodies: AsyncGenerator<Uint8Array[] | undefined>): Promise<Uint8Array[]> {
  const { value, done } = await bodies.next();
  if (done) throw new Error('the peer sent fewer bodies');
  if (!value) throw new Error('the peer no longer holds a body');
  return value;
}
