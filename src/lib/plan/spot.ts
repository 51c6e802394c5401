import { nextInterval } from '../bounty/confidence.js';
import type { Params } from '../chain/params.js';
import { readU32be } from '../util/bytes.js';
import type { Policy } from './policy.js';
import type { CheckAction, Now, OwnerContract, Random } from './types.js';

/**
 * Spot checks of retrieval (threat 10). Claims prove that a steward holds the bytes, not that it serves
 * them; so once before each longer interval, and then in one interval of four, a random piece is fetched
 * as any reader fetches it, at a time that nobody else can foresee.
 */

/** What one tick asks for at the most: each may wait for a peer that is away. */
const CHECKS_A_TICK = 16;
/** Of 2^32: how often an interval that leads to no longer one has a check. */
const SELDOM = 2 ** 30;

type Checked = Pick<OwnerContract, 'state' | 'lost' | 'spot'>;

/** From when on its steward is to be asked for a piece; Infinity: not before its next payment. */
export function spotSlot({ state, lost, spot }: Checked): number {
  return state === 'live' && !lost ? (spot?.slot ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
}

/** The pieces to fetch now. With few peers seen a failure does not count: it may be our own (threat 17). */
export function checks(now: Now, contracts: readonly OwnerContract[], policy: Policy): CheckAction[] {
  return contracts
    .filter((contract) => now.slot >= spotSlot(contract) && !withholds(now, contract, policy))
    .sort((a, b) => spotSlot(a) - spotSlot(b) || (a.id < b.id ? -1 : 1))
    .slice(0, CHECKS_A_TICK)
    .map((contract) => checkOf(now, contract, policy));
}

function checkOf({ slot, params, peers }: Now, contract: OwnerContract, policy: Policy): CheckAction {
  const { id } = contract;
  const spot = contract.spot!;
  const counts = peers >= policy.minPeers;
  const last = counts && spot.failures + 1 >= policy.spotTries;
  return {
    kind: 'check',
    contract: id,
    slot: spot.slot!,
    counts,
    againSlot: last ? slot : slot + retrySlots(params),
    requestId: `check/${id}/${spot.slot}`,
  };
}

/** Between two tries: a steward must be away for longer than it may be to claim, and for days in all. */
export function retrySlots({ daySlots, derived }: Params): number {
  return Math.max(daySlots, derived.claimWindowSlots);
}

/**
 * So often in a row did the steward serve nothing, or other bytes. It is replaced, not just paid at short
 * intervals: a share that nobody can read is lost to its owner, and a steward still paid for it would gain.
 * Where the steward signed that it is gone, that decides, once its bounty is no longer out.
 */
export function withholds(
  { peers }: Now,
  { spot, lost }: Pick<OwnerContract, 'spot' | 'lost'>,
  policy: Policy,
): boolean {
  return !lost && peers >= policy.minPeers && spot !== undefined && spot.failures >= policy.spotTries;
}

/**
 * The confidence after a claim: no more than before while a check has failed. One that only is still to be made
 * holds nothing up: what is paid together would else come apart, and cost a bounty each.
 */
export function confidenceAfter({ confidence, spot }: Pick<OwnerContract, 'confidence' | 'spot'>): number {
  return spot !== undefined && spot.failures > 0 ? confidence : confidence + 1;
}

/**
 * When the check after a payment is due, at random within the interval up to the next; null: this one has none.
 * One that is outstanding stays due until it passes.
 */
export function nextSpotSlot(
  { id, spot }: Pick<OwnerContract, 'id' | 'spot'>,
  interval: { fromSlot: number; dueSlot: number; confidence: number },
  random: Random,
): number | null {
  if (typeof spot?.slot === 'number') return spot.slot;
  const { fromSlot, dueSlot, confidence } = interval;
  const draw = random(`spot/${id}/${confidence}/${dueSlot}`);
  const longer = nextInterval(confidence + 1) > nextInterval(confidence);
  if (!longer && readU32be(draw, 0) >= SELDOM) return null;
  const span = Math.max(0, dueSlot - fromSlot);
  return fromSlot + Math.floor((readU32be(draw, 4) * span) / 2 ** 32);
}
