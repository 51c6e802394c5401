import { advertFee } from '../chain/rules/advert.js';
import type { Act } from '../rpc/snapshot.js';

/** What an act spends, network fees apart, in grains: payments, and the fee that an advert consumes. */
export function costOf(act: Act): bigint {
  if (act.kind === 'pay') return act.amount;
  if (act.kind === 'advertise') return advertFee({ ...act, lots: act.uuids.length });
  return 0n;
}
