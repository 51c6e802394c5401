import { creditSlots } from '../bounty/confidence.js';
import { prunableSlot, stewardDueSlot, termEnd } from './interval.js';
import type { ClaimableBounty, Now, PruneAction, StewardBounty, StewardContract } from './types.js';

/** Whether a bounty keeps its blob from being pruned. */
export type Protects = (bounty: Pick<StewardBounty, 'expiresSlot' | 'fits' | 'claimed'>, slot: number) => boolean;

/**
 * Only a bounty that can be claimed protects, as far as is known, or one whose claim waits to settle: junk with a key that
 * fits nothing neither pays nor keeps a blob (threats 8 and 9).
 */
export const fittingProtects: Protects = ({ expiresSlot, fits, claimed }, slot) =>
  fits !== false && (claimed || slot <= expiresSlot);

export interface PruneView {
  now: Now;
  contracts: readonly StewardContract[];
  claimable: readonly ClaimableBounty[];
  /** How much to free, bytes; undefined: all that may go. */
  freeBytes?: number | undefined;
  protects?: Protects;
}

interface Debt {
  sinceSlot: number;
  reason: PruneAction['reason'];
}

/** Why a contract no longer keeps its blob, and since when; undefined while it does. */
function debtOf(contract: StewardContract, { slot, params }: Now): Debt | undefined {
  const end = termEnd(contract);
  const paidFor = contract.startSlot + creditSlots({ ...contract, daySlots: params.daySlots }, contract.earned) >= end;
  if (contract.state === 'ended' || (paidFor && slot > end)) return { sinceSlot: end, reason: 'ended' };
  if (slot <= prunableSlot(contract, params)) return undefined;
  return { sinceSlot: stewardDueSlot(contract, params), reason: 'unpaid' };
}

/**
 * Blobs to delete, oldest debt first, until `freeBytes` are free. A blob goes only where every contract
 * on it is unpaid beyond its grace or ended, and no bounty on it can be claimed.
 */
export function prunePlan(view: PruneView): PruneAction[] {
  const { freeBytes = Number.POSITIVE_INFINITY } = view;
  const blobs = new Map<string, StewardContract[]>();
  for (const contract of view.contracts) {
    if (contract.state !== 'pruned') blobs.set(contract.uuid, [...(blobs.get(contract.uuid) ?? []), contract]);
  }
  const debts = [...blobs.values()].flatMap((contracts) => prunable(contracts, view));
  debts.sort((a, b) => a.sinceSlot - b.sinceSlot || (a.action.uuid < b.action.uuid ? -1 : 1));
  let freed = 0;
  return debts.flatMap(({ action }) => {
    if (freed >= freeBytes) return [];
    freed += action.bytes;
    return [action];
  });
}

interface Prunable {
  sinceSlot: number;
  action: PruneAction;
}

/** One blob's contracts, weighed together. */
function prunable(contracts: readonly StewardContract[], view: PruneView): Prunable[] {
  const { now, claimable, protects = fittingProtects } = view;
  const { uuid, size } = contracts[0]!;
  const kept =
    contracts.some(({ openBounty }) => openBounty !== null && protects(openBounty, now.slot)) ||
    claimable.some(
      (bounty) => bounty.uuids.includes(uuid) && protects({ ...bounty, claimed: bounty.sweeping }, now.slot),
    );
  const debts = contracts.flatMap((contract) => debtOf(contract, now) ?? []);
  if (kept || debts.length < contracts.length) return [];
  const { sinceSlot, reason } = debts.reduce((a, b) => (a.sinceSlot >= b.sinceSlot ? a : b));
  const ids = contracts.map(({ id }) => id).sort();
  const requestId = `prune/${ids[0]}`;
  return [{ sinceSlot, action: { kind: 'prune', uuid, bytes: size, reason, contracts: ids, requestId } }];
}
