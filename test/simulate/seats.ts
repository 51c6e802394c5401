import { Random } from '../sim/random.js';
import { Owner } from './owner.js';
import { Absent, Defaulter, FreshKeys, JunkPoster, OncePayer, Racer } from './owners.js';
import type { Setting } from './setting.js';
import { TOTAL } from './setting.js';
import { Steward } from './steward.js';
import { Colluder, Liar, Midstate, Raiser, Ring, Silent, Withholder } from './stewards.js';
import { World } from './world.js';

/** Cheats mean to gain; failures befall, or befell, honest ones. */
export interface Strategy<T> {
  name: string;
  what: 'honest' | 'failure' | 'cheat';
  /** Of a hundred seats. */
  share: number;
  /** Of a hundred seats where it plays alone. */
  alone?: number;
  kind: new (...args: never[]) => T;
}

export interface Seat<T> {
  strategy: Strategy<T>;
  agent: T;
}

const HONEST_STEWARD: Strategy<Steward> = { name: 'honest', what: 'honest', share: 0, kind: Steward };
const HONEST_OWNER: Strategy<Owner> = { name: 'honest', what: 'honest', share: 0, kind: Owner };

export const STEWARDS: readonly Strategy<Steward>[] = [
  { name: 'vanish', what: 'failure', share: 3, kind: Steward },
  { name: 'vanish-together', what: 'failure', share: 5, kind: Steward },
  { name: 'return', what: 'failure', share: 3, kind: Steward },
  { name: 'lie', what: 'cheat', share: 3, kind: Liar },
  { name: 'midstate', what: 'cheat', share: 3, kind: Midstate },
  { name: 'collude', what: 'cheat', share: 10, kind: Colluder },
  // A fifth of all that act as one could move any market's price; this one steward means to.
  { name: 'raise', what: 'cheat', share: 3, alone: 4, kind: Raiser },
  { name: 'withhold', what: 'cheat', share: 3, kind: Withholder },
  { name: 'silent', what: 'cheat', share: 3, kind: Silent },
];

export const OWNERS: readonly Strategy<Owner>[] = [
  { name: 'absent', what: 'failure', share: 5, kind: Absent },
  { name: 'stop-paying', what: 'cheat', share: 5, kind: Defaulter },
  { name: 'pay-once', what: 'cheat', share: 5, kind: OncePayer },
  { name: 'fresh-keys', what: 'cheat', share: 5, kind: FreshKeys },
  { name: 'junk', what: 'cheat', share: 5, kind: JunkPoster },
  { name: 'race', what: 'cheat', share: 5, kind: Racer },
];

/** All strategies at once, one against the honest, or none: everybody honest, to compare with. */
export type Playing = string;

/** Seats of a strategy that plays alone, of a hundred. Of stewards ten, as many as a file has shares. */
const ALONE = { stewards: 20, owners: 10 };
const FILES_AN_OWNER = 2;

/** Who sits where: seeded, so that a strategy that plays alone takes the seats that the others would. */
function assign<T>(
  count: number,
  strategies: readonly Strategy<T>[],
  honest: Strategy<T>,
  { setting, playing }: World,
  side: 'stewards' | 'owners',
) {
  const random = new Random(`simulate ${setting.seed} ${side}`);
  const order = random.shuffled(Array.from({ length: count }, (_, i) => i));
  const taken = Array.from({ length: count }, () => honest);
  let next = 0;
  for (const strategy of strategies) {
    if (playing !== 'all' && playing !== strategy.name) continue;
    const share = playing === 'all' ? strategy.share : (strategy.alone ?? ALONE[side]);
    const seats = Math.max(1, Math.round((count * share) / 100));
    for (let i = 0; i < seats && next < count; i += 1) taken[order[next++]!] = strategy;
  }
  return taken;
}

/** Stewards and owners of a world; costs go with the seat. */
export function seats(world: World): { stewards: Seat<Steward>[]; owners: Seat<Owner>[] } {
  const { setting } = world;
  const stewardCount = Math.max(50, Math.round(setting.contracts / 20));
  const ownerCount = Math.max(10, Math.round(setting.contracts / (TOTAL * FILES_AN_OWNER)));
  const random = new Random(`simulate ${setting.seed} costs`);
  const costs = Array.from(
    { length: stewardCount },
    () => setting.cost * (1 + setting.costSpread * (2 * random.unit() - 1)),
  );
  const ring = new Ring();
  const stewards = assign(stewardCount, STEWARDS, HONEST_STEWARD, world, 'stewards').map((strategy, i) => {
    const agent = new (strategy.kind as typeof Steward)(world, `s${i}`, costs[i]!);
    if (agent instanceof Colluder) agent.ring = ring;
    return { strategy, agent };
  });
  const owners = assign(ownerCount, OWNERS, HONEST_OWNER, world, 'owners').map((strategy, i) => {
    return { strategy, agent: new (strategy.kind as typeof Owner)(world, `o${i}`, World.filesOf(FILES_AN_OWNER)) };
  });
  return { stewards, owners };
}

/** The seats that a strategy takes when it plays alone. */
export function seatsAlone(
  side: 'stewards' | 'owners',
  { alone = ALONE[side] }: Pick<Strategy<unknown>, 'alone'>,
  count: number,
  setting: Setting,
): number[] {
  const random = new Random(`simulate ${setting.seed} ${side}`);
  const order = random.shuffled(Array.from({ length: count }, (_, i) => i));
  return order.slice(0, Math.max(1, Math.round((count * alone) / 100)));
}
