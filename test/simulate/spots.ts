import { firstDueSlot } from '../../src/lib/plan/interval.js';
import { nextSpotSlot } from '../../src/lib/plan/spot.js';
import type { CheckAction, OwnerContract, OwnerSpot, Random } from '../../src/lib/plan/types.js';
import { PARAMS } from './setting.js';
import type { World } from './world.js';

/** A new contract's first check. */
export function firstSpot(id: string, fromSlot: number, random: Random): OwnerSpot {
  const interval = { fromSlot, dueSlot: firstDueSlot(fromSlot, PARAMS), confidence: 0 };
  return { slot: nextSpotSlot({ id }, interval, random), failures: 0 };
}

/** A piece, from its own steward: whether it serves is all there is to it here, for 64 KiB cost nothing. */
export function afterCheck({ failures }: OwnerSpot, { againSlot, counts }: CheckAction, served: boolean): OwnerSpot {
  return served ? { slot: null, failures: 0 } : { slot: againSlot, failures: failures + (counts ? 1 : 0) };
}

export function servesNow(world: World, { account, uuid }: Pick<OwnerContract, 'account' | 'uuid'>): boolean {
  const steward = world.stewardOf(account);
  return steward.isThere(world.slot) && steward.wouldServe(uuid);
}
