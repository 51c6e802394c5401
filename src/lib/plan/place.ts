import { LIMITS } from '../chain/encoding.js';
import { sha256 } from '../crypto/hash.js';
import { toHex, utf8 } from '../util/bytes.js';
import { creditDaysFor, mostCreditDays } from './credit.js';
import { nearsEnd } from './notice.js';
import type { Policy } from './policy.js';
import type { AdvertiseAction, Now, OwnerAction, OwnerAdvert, OwnerBlob, OwnerContract, OwnerLot } from './types.js';

/** The longest that the controller waits between two adverts for one blob, days. */
const MAX_WAIT_DAYS = 7;

export interface Placing {
  now: Now;
  policy: Policy;
  contracts: readonly OwnerContract[];
  blobs: readonly OwnerBlob[];
  adverts: readonly OwnerAdvert[];
}

/** An advert whose winners are known, with lots to hand out still. */
export function award(advert: OwnerAdvert, policy: Policy): OwnerAction[] {
  if (advert.state !== 'cleared' || !advert.lots.some((lot) => inFlight(advert, lot, policy))) return [];
  return [{ kind: 'award', advert: advert.id, requestId: `award/${advert.id}` }];
}

/** Whether a lot may yet be placed through its advert. */
function inFlight(advert: OwnerAdvert, lot: OwnerLot, policy: Policy): boolean {
  if (lot.state !== 'waiting' || advert.state === 'gone' || advert.state === 'failed') return false;
  return advert.state !== 'cleared' || lot.tries < policy.awardTries;
}

/**
 * Blobs that need an auction: what was advertised and found no steward, what was rebuilt, and what is
 * kept under a contract about to end. Equal sizes of one file share an advert.
 */
export function advertise(view: Placing): AdvertiseAction[] {
  const groups = new Map<string, { blobs: OwnerBlob[]; terms: Terms }>();
  for (const blob of view.blobs) {
    const terms = needsPlace(blob, view) ? termsFor(blob, view) : undefined;
    if (terms === undefined || view.now.slot < earliest(blob, view)) continue;
    const key = [blob.file ?? '', blob.size, terms.reserve, terms.termDays].join('/');
    const group = groups.get(key);
    if (group && group.blobs.length < LIMITS.lots) group.blobs.push(blob);
    else groups.set(group ? `${key}/${blob.uuid}` : key, { blobs: [blob], terms });
  }
  return [...groups.values()].map(({ blobs, terms }) => advertOf(blobs, terms, view));
}

function needsPlace(blob: OwnerBlob, { now, policy, contracts, adverts }: Placing): boolean {
  if (adverts.some((advert) => advert.lots.some((lot) => lot.uuid === blob.uuid && inFlight(advert, lot, policy)))) {
    return false;
  }
  const live = contracts.filter(({ uuid, state }) => uuid === blob.uuid && state === 'live');
  if (live.length > 0)
    return blob.state === 'live' && live.every((contract) => nearsEnd(contract, now.slot, now.params));
  if (blob.state === 'local' || blob.state === 'advertised') return true;
  // A blob of its own has no other shares to be rebuilt from: where we have the bytes they are placed again.
  return blob.state === 'mia' && blob.file === null && blob.held;
}

export interface Terms {
  reserve: bigint;
  termDays: number;
}

function listing(uuid: string, adverts: readonly OwnerAdvert[]): OwnerAdvert[] {
  return adverts
    .filter(({ lots }) => lots.some((lot) => lot.uuid === uuid))
    .sort((a, b) => a.closesSlot - b.closesSlot);
}

/**
 * The policy's terms, else those that the operator last agreed to for this blob or an earlier generation
 * of its share. None at all: the operator never asked for it to be placed.
 */
function termsFor(blob: OwnerBlob, { policy, blobs, adverts }: Placing): Terms | undefined {
  const kin = blobs.filter(
    ({ uuid, file, share }) => uuid === blob.uuid || (file !== null && file === blob.file && share === blob.share),
  );
  const last = kin
    .flatMap(({ uuid }) => listing(uuid, adverts))
    .sort((a, b) => a.closesSlot - b.closesSlot)
    .at(-1);
  return termsAfter(last, blob, policy);
}

/** `last`: the latest advert of the blob, or of an earlier generation of its share. */
export function termsAfter(
  last: Terms | undefined,
  { generation }: Pick<OwnerBlob, 'generation'>,
  policy: Pick<Policy, 'maxPrice' | 'termDays'>,
): Terms | undefined {
  const rebuilt = (generation ?? 0) > 0;
  if (last === undefined && !rebuilt) return undefined;
  const reserve = policy.maxPrice ?? last?.reserve;
  const termDays = policy.termDays ?? last?.termDays;
  return reserve === undefined || termDays === undefined ? undefined : { reserve, termDays };
}

/** Each advert costs its fee: the second follows the first at once, later ones wait ever longer. */
function earliest(blob: OwnerBlob, { now, adverts }: Placing): number {
  const past = listing(blob.uuid, adverts);
  const last = past.at(-1);
  if (last === undefined || past.length < 2) return 0;
  return last.closesSlot + Math.min(past.length - 1, MAX_WAIT_DAYS) * now.params.daySlots;
}

function advertOf(blobs: readonly OwnerBlob[], terms: Terms, view: Placing): AdvertiseAction {
  const uuids = blobs.map(({ uuid }) => uuid).sort();
  const rounds = uuids.map((uuid) => `${uuid}/${listing(uuid, view.adverts).length}`);
  return {
    kind: 'advertise',
    uuids,
    size: blobs[0]!.size,
    reserve: terms.reserve,
    creditDays: creditDaysOf(terms, view),
    termDays: terms.termDays,
    excluded: excludedFor(blobs, view),
    requestId: `advertise/${toHex(sha256(utf8(rounds.join(' ')))).slice(0, 32)}`,
  };
}

/** The policy's, as far as stewards bid on them: an advert that none answers would be paid for in vain. */
function creditDaysOf({ termDays }: Terms, { policy, now }: Placing): number {
  const { creditDays } = policy;
  if (creditDays === null) return creditDaysFor(termDays, now.params);
  return Math.min(creditDays, mostCreditDays(termDays, now.params));
}

/**
 * Accounts whose bids the clearing shall skip: those that hold, or held, another share of the file, and
 * those that won a lot before and could not be given it. The steward of a blob whose term ends may win
 * it again, but not where notice was given.
 */
function excludedFor(blobs: readonly OwnerBlob[], { contracts, adverts }: Placing): string[] {
  const uuids = new Set(blobs.map(({ uuid }) => uuid));
  const file = blobs[0]!.file;
  const tried = adverts.flatMap(({ lots }) => lots.filter(({ uuid }) => uuids.has(uuid)).flatMap((lot) => lot.tried));
  const missing = contracts.filter(({ uuid, state, outbox }) => uuids.has(uuid) && (state === 'mia' || outbox.notice));
  const others = contracts
    .filter((contract) => file !== null && contract.file === file && contract.state !== 'ended')
    .filter(({ uuid }) => !uuids.has(uuid));
  const accounts = [...others, ...missing].map(({ account }) => account);
  return [...new Set([...accounts, ...tried])].slice(0, LIMITS.excluded);
}
