import type { Policy } from '../plan/policy.js';
import type { MethodInput } from '../rpc/methods.js';
import type { ControllerRecord } from '../rpc/records.js';
import { formatTokens } from '../util/amounts.js';

/** How far a controller looks ahead where nobody says, network days. */
export const LOOK_DAYS = 30;

export interface Warning {
  warning: 'balance' | 'limit' | 'decks' | 'ends';
  /** Which one, of the limits. */
  limit?: NonNullable<ControllerRecord['limit']>;
  /** How many, of decks and ends. */
  blobs?: number;
  /** When it begins. */
  from: string;
  message: string;
}

/** What the node is asked, of a policy. */
export function aheadAsk(policy: Policy, days: number): MethodInput<'owner.ahead'> {
  const { spendPerDay, spendTotal, barter, maxPrice, termDays, creditDays, awardTries } = policy;
  return {
    ...{ days, barter, termDays, creditDays, awardTries },
    ...{ spendPerDay: text(spendPerDay), spendTotal: text(spendTotal), maxPrice: text(maxPrice) },
  };
}

function text(grains: bigint | null): string | null {
  return grains?.toString() ?? null;
}

const LIMITS = { day: 'the limit a day', total: 'the limit in all', barter: 'barter' } as const;

/** What of a look ahead somebody should do something about, the worst first. */
export function warningsOf(record: ControllerRecord): Warning[] {
  const { balance_ends, balance_missing_grains, limit, limit_from, limit_missing_grains, days } = record;
  const { decks, decks_from, ends, ends_from } = record;
  const warnings: Warning[] = [];
  if (balance_ends !== null) {
    const missing = formatTokens(BigInt(balance_missing_grains ?? '0'));
    const message = `the balance lasts until ${balance_ends}: the next ${days} days take ${missing} more`;
    warnings.push({ warning: 'balance', from: balance_ends, message });
  }
  if (limit !== null && limit_from !== null) {
    const missing = formatTokens(BigInt(limit_missing_grains ?? '0'));
    const message = `from ${limit_from} on ${LIMITS[limit]} keeps up to ${missing} from being paid when it is due`;
    warnings.push({ warning: 'limit', limit, from: limit_from, message });
  }
  if (decks_from !== null) {
    const message = `${blobsText(decks)} cannot be paid from ${decks_from} on: no cards, and no bytes to deal them from`;
    warnings.push({ warning: 'decks', blobs: decks, from: decks_from, message });
  }
  if (ends_from !== null) {
    const message = `${blobsText(ends)} will be kept by nobody from ${ends_from} on: nothing follows the contract`;
    warnings.push({ warning: 'ends', blobs: ends, from: ends_from, message });
  }
  return warnings;
}

function blobsText(count: number): string {
  return count === 1 ? '1 blob' : `${count} blobs`;
}
