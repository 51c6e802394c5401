import { LIMITS } from '../chain/encoding.js';
import type { Address } from '../chain/types.js';
import { sha256 } from '../crypto/hash.js';
import { answerAdvert, type Standing } from '../market/standing.js';
import { toHex, utf8 } from '../util/bytes.js';
import { mostCreditDays } from './credit.js';
import type { StewardPolicy } from './policy.js';
import { prunePlan } from './prune.js';
import type { ClaimableBounty, Disk, Now, StewardAction, StewardAdvert, StewardContract } from './types.js';

export interface StewardView {
  now: Now;
  contracts: readonly StewardContract[];
  adverts: readonly StewardAdvert[];
  /** null: this machine does not bid. */
  standing: Standing | null;
  /** The account that bids. */
  account: Address;
  /** It withheld a reveal: no bid of it is taken for a cycle. */
  barred: boolean;
  disk: Disk;
  claimable: readonly ClaimableBounty[];
  /** Whether debts are pruned; by default they are. */
  prune?: boolean;
}

/** What a steward should do now. Sweeps come first: they alone have a deadline that costs money at once. */
export function stewardPlan(view: StewardView): StewardAction[] {
  if (!view.now.synced) return [];
  const { now, contracts, claimable, prune = true } = view;
  const debts = prune ? prunePlan({ now, contracts, claimable }) : [];
  return [...sweeps(view), ...reveals(view), ...commits(view), ...debts];
}

/** The standing bid that a policy makes; null: it makes none. */
export function standingOf(policy: StewardPolicy): Standing | null {
  const { price, capacityBytes, termDays, reserveBytes, minSize, maxSize, drain } = policy;
  if (drain || price === null || capacityBytes === null) return null;
  return { price, capacityBytes, termDays, reserveBytes, minSize, maxSize };
}

/** One transaction for all, those that expire soonest first, should they not all fit a block. */
function sweeps({ now, claimable }: StewardView): StewardAction[] {
  const due = claimable
    .filter(({ fits, sweeping, expiresSlot }) => fits === true && !sweeping && now.slot <= expiresSlot)
    .sort((a, b) => a.expiresSlot - b.expiresSlot || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
  const actions: StewardAction[] = [];
  for (let at = 0; at < due.length; at += LIMITS.sweeps) {
    const bounties = due.slice(at, at + LIMITS.sweeps);
    const requestId = `sweep/${toHex(sha256(utf8(bounties.join(' ')))).slice(0, 32)}`;
    actions.push({ kind: 'sweep', bounties, requestId });
  }
  return actions;
}

/** Who doesn't reveal loses the deposit, so also at a price that won't win. */
function reveals({ now, adverts }: StewardView): StewardAction[] {
  return adverts
    .filter(({ bid, advert }) => bid === 'committed' && now.slot > advert.closes && now.slot <= advert.revealsUntil)
    .map(({ id }) => ({ kind: 'reveal', advert: id, requestId: `reveal/${id}` }));
}

/** Answers adverts for the standing bid, those that close soonest first, within what disk and capacity hold. */
function commits({ now, adverts, standing, account, barred, disk }: StewardView): StewardAction[] {
  if (standing === null || barred) return [];
  let { committedBytes, freeBytes } = disk;
  return adverts
    .filter(({ advert: { creditDays, term } }) => creditDays <= mostCreditDays(term, now.params))
    .sort((a, b) => a.advert.closes - b.advert.closes || (a.id < b.id ? -1 : 1))
    .flatMap(({ id, advert, own, bid }) => {
      const facts = { slot: now.slot, freeBytes, committedBytes, alreadyBid: bid !== null, account, own };
      const answer = answerAdvert(standing, advert, facts);
      if (!answer.bid) return [];
      committedBytes += advert.size;
      freeBytes -= advert.size;
      return [{ kind: 'commit', advert: id, account, price: answer.price, requestId: `commit/${id}` }];
    });
}
