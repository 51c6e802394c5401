/** Tahoe's own default (immutable.upload): a cap does not say how many shares its owner wanted. */
const HAPPY_DEFAULT = 7;

/** How many good shares are enough: what is wanted, but never fewer than needed, nor more than there are. */
export function happyFor(needed: number, total: number, wanted = HAPPY_DEFAULT): number {
  return Math.min(total, Math.max(needed, wanted));
}

export type Health = 'healthy' | 'degraded' | 'lost';

export function healthOf(good: number, needed: number, happy: number): Health {
  return good < needed ? 'lost' : good < happy ? 'degraded' : 'healthy';
}
