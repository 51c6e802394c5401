import { type Turnover, withinBudget } from './budget.js';
import { type Funds, fund } from './fund.js';
import { end, missing, settle } from './outcome.js';
import { pay, type Split } from './pay.js';
import { advertise, award } from './place.js';
import type { Policy } from './policy.js';
import { awaitsAnswer, polls } from './poll.js';
import { repair } from './repair.js';
import { checks } from './spot.js';
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
  turnover: Turnover;
  /** What payments are funded from; undefined: they need no accounts of their own. */
  funds?: Funds | undefined;
  policy: Policy;
  random: Random;
  /** How a batch that expired is posted again; by halves. */
  split?: Split | undefined;
}

/**
 * What an owner should do now, in the order to do it: what brings money back or frees decisions first,
 * then the oldest debts. The same view gives the same plan; a view in which an action is under way does
 * not ask for it again. Nothing at all before the node is synced: what looks unclaimed may be claimed.
 */
export function ownerPlan(view: OwnerView): OwnerAction[] {
  const { now, contracts, files, blobs, adverts, policy, random } = view;
  if (!now.synced) return [];
  // What nobody claimed is not paid again before its steward was asked why, of all that is in it.
  const unanswered = new Set(contracts.filter(awaitsAnswer).map(({ bounty }) => bounty?.id));
  const answered = contracts.filter(({ bounty }) => !unanswered.has(bounty?.id));
  const planned = withinBudget(
    [
      ...contracts.flatMap((contract) => settle(now, contract, random)),
      ...revokes(view),
      ...polls(now, contracts),
      ...checks(now, contracts, policy),
      ...contracts.flatMap((contract) => missing(now, contract, policy)),
      ...files.flatMap((file) => repair(file, blobs)),
      ...deals(view),
      ...pay(now, answered, policy, view.split),
      ...adverts.flatMap((advert) => award(advert, policy)),
      ...advertise({ now, policy, contracts, blobs, adverts }),
      ...contracts.flatMap((contract) => end(now, contract)),
    ],
    view,
  );
  return view.funds ? fund({ ...view, funds: view.funds }, planned) : planned;
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
