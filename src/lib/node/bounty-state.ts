import { formatAddress } from '../crypto/address.js';
import type { BountyState } from '../plan/types.js';
import type { BountyRecord } from '../rpc/records.js';
import type { Context } from './context.js';
import { currentSlot } from './context.js';
import type { BountyEntry } from './entries.js';

/** Where a bounty stands, from what the ledger did with it and how deep that lies. */
export function bountyState(context: Context, entry: BountyEntry): BountyState {
  const { tip } = context.ledger;
  // Given up for lost, and mined all the same: the ledger's word counts.
  if (entry.openedHeight === null) return entry.failed ? 'failed' : 'pending';
  if (entry.closed === null) {
    // The tip's slot decides: what the next block may still take is not yet expired.
    return entry.expires !== null && Math.min(tip.slot, currentSlot(context)) > entry.expires ? 'expired' : 'open';
  }
  if (entry.closed.how !== 'swept') return entry.closed.how;
  return tip.height - entry.closed.height >= context.params.settleDepth ? 'settled' : 'claimed';
}

export function bountyRecord(context: Context, entry: BountyEntry): BountyRecord {
  return {
    type: 'bounty',
    bounty: entry.id,
    txid: entry.txid,
    role: entry.role,
    state: bountyState(context, entry),
    blob: entry.items[0]!.uuid,
    contract: entry.items[0]!.contract,
    items: entry.items.length,
    amount_grains: entry.amount.toString(),
    opened_slot: entry.opened,
    expires_slot: entry.expires,
    payee: entry.payee && formatAddress(entry.payee),
  };
}
