import { setTimeout as sleep } from 'node:timers/promises';
import { LedgerError } from '../../chain/errors.js';
import type { Join, JoinTarget } from '../../chain/join/join.js';
import { targetName } from '../../chain/join/records.js';
import { equal } from '../../util/bytes.js';
import type { Clock } from '../../util/clock.js';
import type { Log } from '../log.js';
import { askOffers } from './offers.js';
import type { JoinPeers, Patience } from './types.js';

const LIAR_POINTS = 100;
/** More than is forgiven while it is left alone. */
const SILENT_POINTS = 25;
/** Questions to one peer at once: one under way while the answer to the other is checked. */
const AT_ONCE = 2;

/** No peer serves the target any more, or none gets anywhere: another has to be chosen. */
export class Unserved extends Error {}

/**
 * The peers that serve one target, and what becomes of each: a liar is cut off and never asked again, one that
 * fails is left alone for a while, one that no longer serves the target is not asked until it says it does.
 */
export class Sources {
  readonly #serving = new Set<string>();
  /** Who ever offered the target, or vouched for it. */
  readonly #named: Set<string>;
  readonly #pausedUntil = new Map<string, number>();
  readonly #busy = new Map<string, number>();
  /** Questions so far, so that peers that answer at once take turns. */
  readonly #asked = new Map<string, number>();
  constructor(
    readonly target: JoinTarget,
    private readonly network: JoinPeers,
    private readonly patience: Patience,
    private readonly clock: Clock,
    private readonly log: Log,
    agreeing: readonly string[],
  ) {
    this.#named = new Set(agreeing);
  }

  /** Who serves the target, as far as is known. */
  get peers(): string[] {
    return [...this.#serving];
  }

  /** Asks everybody again who serves the target, until the signal; throws Unserved where the join stands still. */
  async keepLooking(join: Pick<Join, 'progress' | 'wantedHeaders' | 'wantedParts'>, signal: AbortSignal) {
    const { roundMs, stalledMs, answerMs } = this.patience;
    let before = '';
    let movedAt = this.clock.now();
    for (;;) {
      const offers = await askOffers(this.network, answerMs, signal);
      for (const [peer, targets] of offers) this.#hear(peer, targets);
      const now = JSON.stringify(join.progress);
      // Headers are checked here: for that nobody is needed.
      const wanting = join.wantedHeaders || join.wantedParts().length > 0;
      if (now !== before || !wanting) movedAt = this.clock.now();
      before = now;
      const idleMs = this.clock.now() - movedAt;
      const nobody = offers.size > 0 && this.#serving.size === 0;
      if (idleMs > stalledMs || (nobody && idleMs > 2 * roundMs)) {
        throw new Unserved(`the checkpoint at height ${this.target.height} is no longer served`);
      }
      await sleep(roundMs, undefined, { signal });
    }
  }

  #hear(peer: string, targets: readonly JoinTarget[]): void {
    const name = targetName(this.target);
    if (targets.some((target) => equal(targetName(target), name))) {
      this.#serving.add(peer);
      this.#named.add(peer);
    } else {
      this.#serving.delete(peer);
    }
  }

  /** The peer to ask next: the least busy one. Waits until there is one. */
  async next(signal: AbortSignal): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      const now = this.clock.now();
      const connected = new Set(this.network.peers());
      const free = [...this.#serving]
        .filter(
          (peer) => connected.has(peer) && now >= (this.#pausedUntil.get(peer) ?? 0) && this.#load(peer) < AT_ONCE,
        )
        .sort((a, b) => this.#load(a) - this.#load(b) || (this.#asked.get(a) ?? 0) - (this.#asked.get(b) ?? 0));
      if (free[0]) return free[0];
      await sleep(Math.min(100, this.patience.roundMs), undefined, { signal });
    }
  }

  /** Asks a peer, and takes its answer; what goes wrong is the peer's affair, unless the fault is ours. */
  async ask<T>(
    peer: string,
    request: (signal: AbortSignal) => Promise<T | undefined>,
    take: (answer: T) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    this.#busy.set(peer, this.#load(peer) + 1);
    this.#asked.set(peer, (this.#asked.get(peer) ?? 0) + 1);
    try {
      const answer = await this.#answerOf(peer, request, signal);
      if (answer === undefined) return;
      await take(answer);
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      this.#refuse(peer, error.message);
    } finally {
      const left = this.#load(peer) - 1;
      if (left > 0) this.#busy.set(peer, left);
      else this.#busy.delete(peer);
    }
  }

  /** Everybody that named the target: it turned out to be none. */
  refuseAll(why: string): void {
    for (const peer of this.#named) this.#refuse(peer, why);
  }

  #load(peer: string): number {
    return this.#busy.get(peer) ?? 0;
  }

  async #answerOf<T>(
    peer: string,
    request: (signal: AbortSignal) => Promise<T | undefined>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const late = AbortSignal.timeout(this.patience.answerMs);
    try {
      const answer = await request(AbortSignal.any([signal, late]));
      if (answer === undefined) {
        // It may still offer what it does not give.
        this.#serving.delete(peer);
        this.#pause(peer);
      }
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      this.#pause(peer);
      if (late.aborted) this.network.misbehave(peer, SILENT_POINTS, 'fell silent while this node joined');
      this.log.debug({ peer, error: (error as Error).message }, 'a peer failed while this node joined');
      return undefined;
    }
  }

  #pause(peer: string): void {
    this.#pausedUntil.set(peer, this.clock.now() + this.patience.pauseMs);
  }

  #refuse(peer: string, why: string): void {
    this.#serving.delete(peer);
    this.#pausedUntil.set(peer, Number.POSITIVE_INFINITY);
    this.network.misbehave(peer, LIAR_POINTS, why);
    this.log.warn({ peer, why }, 'what a peer gave this node to join with was refused');
  }
}
