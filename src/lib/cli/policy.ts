import { policyValues, type StewardTerms, withStewardTerms } from '../plan/policy-file.js';
import type { BidRecord } from '../rpc/records.js';
import { changePolicyFile, readPolicyFile } from '../store/policy-file.js';
import { Failure } from '../util/errors.js';
import { finding } from './doctor-files.js';
import type { FindingRecord } from './records.js';
import { tell } from './report.js';

/** Writes the standing bid into the policy file, for the controller's next tick; `drain`: nothing is bid for yet. */
export async function leaveStandingBid(
  path: string,
  bid: StewardTerms & { price: bigint },
  dryRun: boolean,
): Promise<{ record: BidRecord; drain: boolean }> {
  const { steward = {} } = readPolicyFile(path).json ?? {};
  const { capacity = steward.capacity, termDays = steward.termDays } = bid;
  if (capacity === undefined || termDays === undefined) {
    throw new Failure('usage', 'a standing bid needs a capacity and a term', 'give --capacity and --term');
  }
  const { policies } = await changePolicyFile(path, (json) => withStewardTerms(json, bid), { write: !dryRun });
  const { capacityBytes, termDays: term, drain } = policies.steward;
  const facts = { advert: null, price_grains: bid.price.toString(), capacity: capacityBytes, term_days: term };
  return { record: { type: 'bid', ...facts, txid: null }, drain };
}

/** The policy file's verdict, and what owner and steward decide, for doctor. */
export function checkPolicy(path: string): FindingRecord[] {
  try {
    const { policies, json } = readPolicyFile(path);
    const said = new Set(
      Object.entries(json ?? {}).flatMap(([section, values]) =>
        Object.keys(values).map((name) => `${section}.${name}`),
      ),
    );
    return policyValues(policies).map(({ name, value }) =>
      finding(`policy ${name}`, 'ok', `${value ?? 'not set'} (${said.has(name) ? path : 'default'})`),
    );
  } catch (error) {
    const { message, hint } = tell(error);
    return [finding('policy', 'error', message, hint)];
  }
}
