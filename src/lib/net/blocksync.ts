import { compare, equal } from '../util/bytes.js';
import { type Clock, systemClock } from '../util/clock.js';
import { isFailure } from '../util/errors.js';
import { Announced } from './announced.js';
import type { Verdict } from './gossip.js';
import { Intake, type Wanted } from './intake.js';
import { Liar } from './liar.js';
import type { Log } from './log.js';
import { Standing } from './standing.js';
import type { Status } from './sync.js';
import type { HeaderSummary, SyncLedger, SyncPeers } from './sync-types.js';
import { LIMITS } from './wire.js';

/** Syncs that run at once: two, so that one slow peer does not hold everything up. */
const RUNNING_MAX = 2;

/** More than is forgiven until it may boast again, so that it adds up: some six times in a row. */
const BOAST_POINTS = 25;

export type { HeaderSummary, SyncLedger, SyncPeers } from './sync-types.js';

/** Catches up with peers and follows what they announce. One sync a peer; what comes is held to what was asked. */
export class Synchroniser {
  readonly #running = new Map<string, { abort: AbortController; done: Promise<void> }>();
  readonly #waiting = new Set<string>();
  readonly #standing: Standing;
  readonly #intake: Intake;
  readonly #announced: Announced;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ledger: SyncLedger,
    private readonly network: SyncPeers,
    log: Log,
    clock: Clock = systemClock,
    /** Whether a peer is so far ahead that it cannot be caught up with block by block. */
    private readonly tooFar: (peer: string, status: Status) => boolean = () => false,
  ) {
    this.#standing = new Standing(clock);
    this.#intake = new Intake(ledger, network, this.#standing, log);
    this.#announced = new Announced(ledger, network, this.#intake, (peer) => this.sync(peer));
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

  /** A header somebody announced. */
  async onHeader(from: string, bytes: Uint8Array): Promise<Verdict> {
    return this.#stopped ? 'ignore' : this.#announced.onHeader(from, bytes);
  }

  async #run(peer: string, signal: AbortSignal): Promise<void> {
    try {
      const status = await this.network.requestStatus(peer, signal);
      signal.throwIfAborted();
      if (this.tooFar(peer, status)) return;
      const { work } = status;
      if (this.#isBetter(status)) await this.#catchUp(peer, work, signal);
      if (this.ledger.status().work < work) throw new Liar('claimed more work than it showed', BOAST_POINTS);
      signal.throwIfAborted();
      this.#standing.heard(peer);
    } catch (error) {
      if (!signal.aborted) this.#failed(peer, error);
    } finally {
      this.#standing.over(peer);
    }
  }

  /** As the fork choice has it (chain/forkchoice.ts): two tips of equal work would stand until the next block, else. */
  #isBetter({ work, id }: Status): boolean {
    const own = this.ledger.status();
    return work > own.work || (work === own.work && compare(id, own.id) < 0);
  }

  /**
   * Silence is no cheaper than a boast, or it would be the way to boast, and neither is heard again soon.
   * A proven lie is: a few are enough to be cut off. So is who was busy, or met with a fault of ours.
   */
  #failed(peer: string, error: unknown): void {
    const busy = isFailure(error) && error.code === 'temporary';
    const paused = error instanceof Liar ? error.points === BOAST_POINTS : !busy;
    if (paused) this.#standing.pause(peer);
    this.#intake.judge(peer, error);
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
        await this.#intake.held(this.ledger.checkHeaders(some.map(({ bytes }) => bytes)));
        signal.throwIfAborted();
        this.#standing.claims(peer, claim);
        await this.#intake.addBodies(peer, some, signal);
      }
      // So many always fit into an answer: with fewer, the peer has no more.
      const last = linked.at(-1);
      if (!last || batch.length < LIMITS.headers) return;
      if (from && last.height <= from.height) throw new Liar('the same headers again');
      from = last;
    }
  }

  /** Headers must begin after a block we named, and each follow the one before. */
  #link(batch: Uint8Array[], locator: Uint8Array[]): Wanted[] {
    let previous: HeaderSummary | undefined;
    return batch.map((bytes) => {
      const header = this.#intake.read(bytes);
      const follows = previous
        ? equal(header.parent, previous.id) && header.height === previous.height + 1
        : locator.some((id) => equal(id, header.parent));
      if (!follows) throw new Liar('headers that do not follow what was asked for');
      previous = header;
      return header;
    });
  }
}
