import { amountDue } from '../bounty/confidence.js';
import type { Params } from '../chain/params.js';
import { stewardLookSlot } from './due.js';
import { stewardDueSlot, stewardPaidUntil, termEnd } from './interval.js';
import { fittingProtects } from './prune.js';
import type { StewardBounty, StewardContract } from './types.js';

/** What a blob that is kept for others brings, and until when it is kept. Amounts are grains. */
export interface Outlook {
  /** live: nothing is due; late: a payment is, and its grace runs; prunable: the next pruning takes it. */
  state: 'live' | 'late' | 'prunable';
  earned: bigint;
  /** Unpaid, for the time that has passed. */
  owed: bigint;
  /** The last slot in which the next payment is in time, and what it will come to by then; null: none is to come. */
  next: { slot: number; amount: bigint } | null;
  /** After this slot it may go, if nothing more comes; Infinity where keeping costs nothing. */
  keptUntilSlot: number;
  /** The end of the last contract. */
  endSlot: number;
}

/** One blob's contracts, at least one of which is not pruned, and the bounties that may yet pay for it. */
export function outlook(
  contracts: readonly StewardContract[],
  bounties: readonly StewardBounty[],
  now: { slot: number; params: Params },
): Outlook {
  const { slot, params } = now;
  const open = contracts.filter(({ state }) => state !== 'pruned');
  const payments = open.flatMap((contract) => nextPayment(contract, params) ?? []).sort((a, b) => a.slot - b.slot);
  const protecting = bounties.filter((bounty) => fittingProtects(bounty, slot));
  const keptUntilSlot = Math.max(
    ...open.map((contract) => lastKeptSlot(contract, params)),
    ...protecting.map(({ expiresSlot }) => expiresSlot),
  );
  const next = payments[0] ?? null;
  const gone = slot > keptUntilSlot && protecting.length === 0;
  return {
    state: gone ? 'prunable' : next !== null && slot > next.slot ? 'late' : 'live',
    earned: contracts.reduce((sum, { earned }) => sum + earned, 0n),
    owed: open.reduce((sum, contract) => sum + owedUntil(contract, slot, params), 0n),
    next,
    keptUntilSlot,
    endSlot: Math.max(...open.map(termEnd)),
  };
}

function nextPayment(contract: StewardContract, params: Params): Outlook['next'] {
  if (contract.state !== 'live') return null;
  const slot = stewardDueSlot(contract, params);
  const amount = owedUntil(contract, slot, params);
  return amount === 0n ? null : { slot, amount };
}

function owedUntil(contract: StewardContract, slot: number, params: Params): bigint {
  const { price, size } = contract;
  const slots = Math.min(slot, termEnd(contract)) - stewardPaidUntil(contract, params);
  return amountDue({ price, size, slots: Math.max(0, slots), daySlots: params.daySlots });
}

function lastKeptSlot(contract: StewardContract, params: Params): number {
  return contract.state === 'ended' ? termEnd(contract) : stewardLookSlot(contract, params) - 1;
}
