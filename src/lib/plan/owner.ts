import { advertFee } from '../chain/rules/advert.js';
import { ownerDueSlot } from './interval.js';
import { end, missing, pay, settle } from './pay.js';
import { advertise, award } from './place.js';
import type { Policy } from './policy.js';
import { repair } from './repair.js';
import type {
  ExpiredBounty,
  Now,
  OwnerAction,
  OwnerAdvert,
  OwnerBlob,
  OwnerContract,
  OwnerFile,
  Random,
} from './types.js';

export interface OwnerView {
  now: Now;
  contracts: readonly OwnerContract[];
  files: readonly OwnerFile[];
  blobs: readonly OwnerBlob[];
  adverts: readonly OwnerAdvert[];
  /** Every bounty of this wallet that expired and holds money still, whatever it was posted for. */
  expired: readonly ExpiredBounty[];
  /** Grains that payments and advert fees took within the last network day. */
  spentToday: bigint;
  policy: Policy;
  random: Random;
}

/**
 * What an owner should do now, in the order to do it: what brings money back or frees decisions first,
 * then the oldest debts. The same view gives the same plan; a view in which an action is under way does
 * not ask for it again. Nothing at all before the node is synced: what looks unclaimed may be claimed.
 */
export function ownerPlan(view: OwnerView): OwnerAction[] {
  const { now, contracts, files, blobs, adverts, policy, random } = view;
  if (!now.synced) return [];
  const oldestFirst = [...contracts].sort((a, b) => ownerDueSlot(a, now.params) - ownerDueSlot(b, now.params));
  return withinBudget(
    [
      ...contracts.flatMap((contract) => settle(now, contract, random)),
      ...revokes(view),
      ...contracts.flatMap((contract) => missing(now, contract, policy)),
      ...files.flatMap((file) => repair(file, blobs)),
      ...deals(view),
      ...oldestFirst.flatMap((contract) => pay(now, contract, policy)),
      ...adverts.flatMap((advert) => award(advert, policy)),
      ...advertise({ now, policy, contracts, blobs, adverts }),
      ...contracts.flatMap((contract) => end(now, contract)),
    ],
    view,
  );
}

/** What expired comes back sooner than the ledger's queue would return it. */
function revokes({ contracts, expired }: OwnerView): OwnerAction[] {
  const latest = contracts.flatMap(({ bounty }) =>
    bounty !== null && bounty.state === 'expired' && !bounty.revoked ? [bounty.id] : [],
  );
  const ids = new Set([...expired.map(({ id }) => id), ...latest]);
  return [...ids].map((bounty) => ({ kind: 'revoke', bounty, requestId: `revoke/${bounty}` }));
}

/** Decks are topped up before they run out: without a card nothing can be paid. */
function deals({ contracts, policy }: OwnerView): OwnerAction[] {
  const low = contracts.filter(({ state, deckLeft }) => state === 'live' && deckLeft < policy.deckLow);
  const byBlob = new Map(low.map((contract) => [contract.uuid, contract]));
  return [...byBlob.values()].map(({ uuid, payIndex }) => ({
    kind: 'deal',
    uuid,
    count: policy.deckSize,
    requestId: `deal/${uuid}/${payIndex}`,
  }));
}

function costOf(action: OwnerAction): bigint {
  if (action.kind === 'pay') return action.amount;
  return action.kind === 'advertise' ? advertFee({ ...action, lots: action.uuids.length }) : 0n;
}

/** Leaves out what would pass the day's limit; smaller debts behind it are still paid. */
function withinBudget(actions: OwnerAction[], { policy, spentToday }: OwnerView): OwnerAction[] {
  let spent = spentToday;
  return actions.filter((action) => {
    const cost = costOf(action);
    if (cost > 0n && policy.spendPerDay !== null && spent + cost > policy.spendPerDay) return false;
    spent += cost;
    return true;
  });
}
