import type { FollowTerms } from '../plan/ahead.js';
import { creditDaysFor } from '../plan/credit.js';
import { nearsEnd } from '../plan/notice.js';
import { termsAfter } from '../plan/place.js';
import type { Policy } from '../plan/policy.js';
import { fromHex } from '../util/bytes.js';
import { advertState } from './adverts.js';
import { type Context, currentSlot } from './context.js';
import type { AdvertEntry, BlobEntry, OwnedContract } from './entries.js';
import { textKey } from './owner-indexes.js';

export type TermsAsked = Pick<Policy, 'maxPrice' | 'termDays' | 'creditDays' | 'awardTries'>;

export interface Following {
  /** What it will be advertised for; undefined: it will not be. */
  terms: FollowTerms | undefined;
  /** Why nothing follows, for all that is known; null: something does, or is not meant to. */
  reason: string | null;
}

const NOTHING: Following = { terms: undefined, reason: null };

/** What the plan will do about a blob whose last contract, given here, nears its end (plan/place.ts). */
export async function following(
  context: Context,
  blob: BlobEntry,
  last: OwnedContract,
  asked: TermsAsked,
): Promise<Following> {
  // Given up, or another generation of the share took its place.
  if (blob.state !== 'live') return NOTHING;
  const adverts = await advertsOf(context, await kinOf(context, blob));
  const terms = termsAfter(adverts.at(-1), blob, asked);
  if (!terms) {
    return last.notice?.by === 'owner'
      ? NOTHING
      : { terms, reason: 'it was never advertised, and the policy has no terms for it' };
  }
  const creditDays = asked.creditDays ?? creditDaysFor(terms.termDays, context.params);
  const near = nearsEnd(last, currentSlot(context), context.params);
  const latest = adverts.filter(({ closes }) => closes > last.startSlot).at(-1);
  const failed = near && latest !== undefined && unplaced(context, latest, blob, asked);
  return { terms: { ...terms, creditDays }, reason: failed ? 'its auction found no steward' : null };
}

/** UUIDs of all generations of a share, or of a blob of its own. */
async function kinOf({ books }: Context, { uuid, file, share }: BlobEntry): Promise<string[]> {
  if (file === null) return [uuid];
  const ids = await books.blobIndexes.byFile.ids({ prefix: textKey(file) });
  return ids.flatMap((id) => books.blobs.get(id) ?? []).flatMap((other) => (other.share === share ? [other.uuid] : []));
}

/** The latest closes last. */
async function advertsOf({ books }: Context, uuids: readonly string[]): Promise<AdvertEntry[]> {
  const found = new Map<string, AdvertEntry>();
  for (const uuid of uuids) {
    for (const id of await books.advertIndexes.byUuid.ids({ prefix: fromHex(uuid)! })) {
      const entry = books.adverts.get(id);
      if (entry) found.set(entry.id, entry);
    }
  }
  return [...found.values()].sort((a, b) => a.closes - b.closes);
}

/** Its auction is over, and brought no steward for the blob. */
function unplaced(context: Context, advert: AdvertEntry, { uuid }: BlobEntry, { awardTries }: TermsAsked): boolean {
  const state = advertState(context, advert.id, advert);
  const lot = advert.lots.find((one) => one.uuid === uuid);
  if (!lot || lot.state === 'awarded') return false;
  return lot.state === 'unfilled' || state === 'gone' || (state === 'cleared' && lot.tries >= awardTries);
}
