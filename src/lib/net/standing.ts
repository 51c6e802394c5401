import type { Clock } from '../util/clock.js';

/** A claim under which nothing more came for so long no longer counts: its peer stalls. */
const STALLED_MS = 30_000;
/** So long is a peer left alone whose sync failed. */
const PAUSE_MS = 60_000;

/**
 * What the connected peers say they have, as far as they can be believed: a number alone costs nothing, a
 * header that passes its checks does. Holds no more than an entry for each connected peer.
 */
export class Standing {
  readonly #claims = new Map<string, { work: bigint; at: number }>();
  readonly #heard = new Set<string>();
  readonly #paused = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /**
   * Whether there is more than `work` to be had; so it is taken to be as well while there are peers, and
   * none has been heard out: a new node must not trust its own genesis.
   */
  behind(work: bigint, peers: string[]): boolean {
    if (peers.length > 0 && !peers.some((peer) => this.#heard.has(peer))) return true;
    const since = this.clock.now() - STALLED_MS;
    return [...this.#claims.values()].some((claim) => claim.work > work && claim.at >= since);
  }

  /** It has shown that it has no more than we, or headers of what it has. */
  heard(peer: string): void {
    this.#heard.add(peer);
  }

  /** It claims so much, and has shown sound headers. */
  claims(peer: string, work: bigint): void {
    this.#heard.add(peer);
    this.#claims.set(peer, { work, at: this.clock.now() });
  }

  /** A block of its came in. */
  progress(peer: string): void {
    const claim = this.#claims.get(peer);
    if (claim) claim.at = this.clock.now();
  }

  /** Its sync is over, and with it what it claimed. */
  over(peer: string): void {
    this.#claims.delete(peer);
  }

  pause(peer: string): void {
    this.#paused.set(peer, this.clock.now() + PAUSE_MS);
  }

  ready(peer: string): boolean {
    return this.clock.now() >= (this.#paused.get(peer) ?? 0);
  }

  /** It is no longer connected. Its score is kept elsewhere: coming back does not make a boast cheaper. */
  left(peer: string): void {
    this.#heard.delete(peer);
    this.#paused.delete(peer);
  }
}
