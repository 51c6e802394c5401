import { nextInterval } from '../bounty/confidence.js';
import type { Params } from '../chain/params.js';
import { termEnd } from './interval.js';
import type { BountyState, Now, OwnerContract, PollAction } from './types.js';

/** What one tick asks at the most, which is all that one bounty may pay for: the rest is asked by the next. */
export const POLLS_A_TICK = 256;
/** Between two polls lies an interval, and never more than this: a steward's notice waits in its outbox. */
const LONGEST_DAYS = 7;

const UNCLAIMED: readonly BountyState[] = ['expired', 'revoked', 'returned'];

/**
 * The stewards to ask (PROTOCOL §4, §6): after a payment that nobody claimed, after an award, to tell of an
 * end, and once an interval. Payments wait for the first, so they are asked first.
 */
export function polls(now: Now, contracts: readonly OwnerContract[]): PollAction[] {
  const rank = (contract: OwnerContract) => (awaitsAnswer(contract) ? -2 : (contract.outbox.askedSlot ?? -1));
  return contracts
    .filter((contract) => isDue(now, contract))
    .sort((a, b) => rank(a) - rank(b) || (a.id < b.id ? -1 : 1))
    .slice(0, POLLS_A_TICK)
    .map((contract) => ({
      kind: 'poll',
      contract: contract.id,
      endSlot: contract.outbox.untoldSlot !== null ? termEnd(contract) : null,
      requestId: `poll/${contract.id}/${contract.outbox.askedSlot ?? 'first'}`,
    }));
}

function isDue({ slot, params }: Now, contract: OwnerContract): boolean {
  return slot >= pollSlot(contract, params) || (!contract.lost && awaitsAnswer(contract));
}

/** From when on its steward is to be asked, whatever becomes of its payments; Infinity: never. */
export function pollSlot(
  { state, lost, outbox, confidence }: Pick<OwnerContract, 'state' | 'lost' | 'outbox' | 'confidence'>,
  { daySlots }: Params,
): number {
  if (state !== 'live' || lost) return Number.POSITIVE_INFINITY;
  const { askedSlot, untoldSlot } = outbox;
  if (askedSlot === null || (untoldSlot !== null && askedSlot <= untoldSlot)) return 0;
  const days = untoldSlot !== null ? 1 : Math.min(nextInterval(confidence), LONGEST_DAYS);
  return askedSlot + days * daySlots;
}

/** Nobody claimed its payment, and its steward was not asked since: it may say why before it is paid again. */
export function awaitsAnswer({ state, outbox, bounty }: OwnerContract): boolean {
  if (state !== 'live' || bounty === null || !UNCLAIMED.includes(bounty.state)) return false;
  return outbox.askedSlot === null || outbox.askedSlot <= (bounty.expiresSlot ?? 0);
}
