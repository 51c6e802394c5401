import type { Params } from '../chain/params.js';
import type { Policy } from '../plan/policy.js';
import type { RpcClient } from '../rpc/client.js';
import type { Journal } from './journal.js';
import { aheadAsk, LOOK_DAYS, type Warning, warningsOf } from './warnings.js';

/** Looks ahead once a network day, and when the policy is another, and tells what it did not tell the last time. */
export class Lookout {
  constructor(
    private readonly rpc: RpcClient,
    private readonly journal: Journal,
  ) {}

  async look(now: { slot: number; params: Params }, policy: Policy, tell: (warning: Warning) => void): Promise<void> {
    const ask = aheadAsk(policy, LOOK_DAYS);
    const asked = JSON.stringify(ask);
    const last = this.journal.warned();
    const today = last?.asked === asked && last.slot <= now.slot && now.slot < last.slot + now.params.daySlots;
    if (today) return;
    const warnings = warningsOf(await this.rpc.call('owner.ahead', ask));
    const known = new Set(last?.warnings);
    for (const warning of warnings) if (!known.has(keyOf(warning))) tell(warning);
    await this.journal.warn({ slot: now.slot, asked, warnings: warnings.map(keyOf) });
  }
}

/** A date that draws nearer is no news; one more blob is. */
function keyOf({ warning, limit, blobs }: Warning): string {
  return [warning, limit, blobs].join('/');
}
