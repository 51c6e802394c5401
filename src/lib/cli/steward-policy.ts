import type { StewardPolicy } from '../plan/policy.js';
import { type StewardTerms, withStewardTerms } from '../plan/policy-file.js';
import type { StewardRecord } from '../rpc/records.js';
import type { StewardTotals } from '../rpc/results.js';
import { changePolicyFile, readPolicyFile } from '../store/policy-file.js';
import { Failure } from '../util/errors.js';
import type { PolicyRecord } from './records.js';

type Decided = Omit<PolicyRecord, 'type' | 'path'>;

/** What the policy file says of the steward, as records have it. */
function decided(policy: StewardPolicy): Decided {
  const { price, capacityBytes, reserveBytes, termDays, minSize, maxSize, prune, drain } = policy;
  return {
    ...{ price_grains: price?.toString() ?? null, capacity: capacityBytes, reserve: reserveBytes },
    ...{ term_days: termDays, min_size: minSize, max_size: maxSize, prune, drain },
  };
}

/** Writes terms into the policy file, all else in it as it is. Throws a usage Failure where that is no policy. */
export async function writeTerms(path: string, terms: StewardTerms, dryRun: boolean): Promise<PolicyRecord> {
  const change = { write: !dryRun };
  const { policies } = await changePolicyFile(path, (json) => withStewardTerms(json, terms), change);
  return { type: 'policy', path, ...decided(policies.steward) };
}

/** The same, of a machine that is to bid: without a price and a capacity it does not. */
export async function initSteward(path: string, terms: StewardTerms, dryRun: boolean): Promise<PolicyRecord> {
  const { price, capacityBytes } = readPolicyFile(path).policies.steward;
  if ((terms.price ?? price) === null || (terms.capacity ?? capacityBytes) === null)
    throw new Failure('usage', 'a steward needs a price and a capacity', 'give --price and --capacity');
  return writeTerms(path, terms, dryRun);
}

/** What the node knows and what the policy file says, together. */
export function stewardRecord(totals: StewardTotals, policy: StewardPolicy): StewardRecord {
  return { type: 'steward', ...totals, ...decided(policy), room: roomFor(totals, policy) };
}

/** As the standing bid reckons (market/standing.ts). */
function roomFor({ committed_bytes, free_bytes }: StewardTotals, policy: StewardPolicy): number {
  const { price, capacityBytes, reserveBytes, drain } = policy;
  if (drain || price === null || capacityBytes === null) return 0;
  return Math.max(0, Math.min(capacityBytes - committed_bytes, free_bytes - reserveBytes));
}
