import type { Clock } from '../util/clock.js';
import type { Log } from './log.js';

/** At so many points a peer is cut off, and stays out for BAN_MS. */
export const CUT_OFF_POINTS = 100;
const BAN_MS = 10 * 60_000;
/** Points are forgiven with time, so that a rare mishap never adds up to a ban. */
const FORGIVEN_PER_MS = 1 / 6_000;
/** The most peers remembered: the oldest is forgotten first, so strangers cannot grow these maps. */
const REMEMBERED_MAX = 4096;

/**
 * How much a second is honest, and how much may come at once. A token bucket for each peer and kind: messages,
 * of transactions each one and each byte. Every peer passes on what the whole network sends.
 */
export const RATES = {
  header: { perSecond: 50, burst: 500 },
  bundle: { perSecond: 1000, burst: 5000 },
  tx: { perSecond: 5000, burst: 25_000 },
  txBytes: { perSecond: 2 ** 21, burst: 2 ** 24 },
  sync: { perSecond: 100, burst: 500 },
  /** Headers read for a peer, each some 20 µs of this thread: a cycle's at once, for who joins from here alone. */
  headers: { perSecond: 10_000, burst: 70_000 },
  blob: { perSecond: 20, burst: 200 },
} as const;
export type RateKind = keyof typeof RATES;

interface Bucket {
  tokens: number;
  at: number;
}

/** Who misbehaves, and who asks too much. Every map is bounded. */
export class Scores {
  readonly #points = new Map<string, { points: number; at: number }>();
  readonly #bans = new Map<string, number>();
  readonly #buckets = new Map<string, Bucket>();

  constructor(
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly cutOff: (peer: string) => void,
  ) {}

  /** Adds points; above the threshold the peer is hung up on and banned for a while. */
  misbehave(peer: string, points: number, why: string): void {
    if (points <= 0) return;
    const total = this.score(peer) + points;
    this.log.debug({ peer, points, total, why }, 'peer misbehaved');
    remember(this.#points, peer, { points: total, at: this.clock.now() });
    if (total < CUT_OFF_POINTS || this.banned(peer)) return;
    remember(this.#bans, peer, this.clock.now() + BAN_MS);
    this.log.warn({ peer, why }, 'peer cut off');
    this.cutOff(peer);
  }

  score(peer: string): number {
    const entry = this.#points.get(peer);
    if (!entry) return 0;
    return Math.max(0, entry.points - (this.clock.now() - entry.at) * FORGIVEN_PER_MS);
  }

  banned(peer: string): boolean {
    const until = this.#bans.get(peer);
    if (until === undefined) return false;
    if (this.clock.now() < until) return true;
    this.#bans.delete(peer);
    this.#points.delete(peer);
    return false;
  }

  /** Takes tokens; false (and one point) where the peer has not so many left. */
  take(peer: string, kind: RateKind, amount = 1): boolean {
    const { perSecond, burst } = RATES[kind];
    const key = `${kind} ${peer}`;
    const now = this.clock.now();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + Math.max(0, now - bucket.at) * (perSecond / 1000));
    bucket.at = now;
    remember(this.#buckets, key, bucket);
    if (bucket.tokens < amount) {
      this.misbehave(peer, 1, `more than ${perSecond} ${kind} a second`);
      return false;
    }
    bucket.tokens -= amount;
    return true;
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > REMEMBERED_MAX) map.delete(map.keys().next().value!);
}
