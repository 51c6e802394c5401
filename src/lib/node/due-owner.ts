import type { Index, Place } from '../store/derived.js';
import { equal, u16be, utf8 } from '../util/bytes.js';
import { advertState } from './adverts.js';
import type { StageRange } from './bounty-stages.js';
import { bountyState } from './bounty-state.js';
import { type Context, currentSlot } from './context.js';
import type { BountyEntry } from './entries.js';
import { slotKey, textOf } from './owner-indexes.js';
import type { OwnerView } from './owner-view.js';
import { type Source, taken } from './pages.js';

const CLOSED: ReadonlySet<string> = new Set(['cleared', 'gone', 'failed']);

/** What the policies of whoever asks call due. */
export interface Asked {
  /** Decks with fewer cards. */
  deckLow: number;
  /** Files with fewer live shares; null: as each file says. */
  repairBelow: number | null;
}

/**
 * What the owner's plan may act on now, the oldest debts first. Reading it takes as long as there is something
 * due, however much there is.
 */
export function ownerSources(context: Context, view: OwnerView, asked: Asked): Source[] {
  const { books, ledger, params } = context;
  const slot = currentSlot(context);
  const { due } = books.ownedIndexes;
  const bounty = (entry: BountyEntry) => {
    view.addBounty(entry);
    if (entry.closing === null && bountyState(context, entry) === 'expired') view.addExpired(entry);
  };
  const stage = (name: 'open' | 'claimed' | 'lapsed', to?: number): Source => ({
    fill: (after, room) =>
      taken(books.bountyIndexes.places('owner', name, range(to, after)), room, ({ id }) =>
        counted(view, () => {
          const entry = books.bounties.get(id);
          if (entry) bounty(entry);
        }),
      ),
  });
  const from = <T>(index: Index<T>, below: Uint8Array, found: (place: Place) => unknown): Source => ({
    fill: (after, room) => taken(index.places({ below, after }), room, (place) => counted(view, () => found(place))),
  });
  return [
    stage('claimed', ledger.tip.height - params.settleDepth),
    stage('open', slot - 1),
    stage('lapsed'),
    {
      fill: (after, room) =>
        taken(due.places({ below: slotKey(slot + 1), after }), room, ({ id }) =>
          counted(view, () => view.addDue(id), view.has(id)),
        ),
    },
    from(books.blobIndexes.byCards, u16be(asked.deckLow), ({ id }) => view.addBlobContracts(id)),
    shortFiles(context, view, asked),
    from(books.advertIndexes.open, slotKey(slot), ({ id }) => view.addAdvert(id)),
    unplaced(context, view),
  ];
}

/**
 * What comes along is counted as well, or a page of debts or files could hold any number of contracts; and what came
 * along, not again where its own turn comes.
 */
async function counted(view: OwnerView, take: () => unknown, known = false): Promise<number> {
  const before = view.size;
  await take();
  const more = view.size - before;
  return more === 0 && !known ? 1 : more;
}

function range(to: number | undefined, after: Uint8Array | undefined): StageRange {
  return { ...(to !== undefined && { to }), after };
}

/** Files of which a share is missing, and too few are live. */
function shortFiles({ books }: Context, view: OwnerView, { repairBelow }: Asked): Source {
  return {
    async fill(after, room) {
      let found = 0;
      let last: Place | undefined;
      for await (const place of books.blobIndexes.missing.places({ after })) {
        if (last && equal(last.key, place.key)) {
          last = place;
          continue;
        }
        if (found >= room) return { taken: found, at: last?.at };
        last = place;
        const file = textOf(place.key);
        const entry = books.files.get(utf8(file));
        const below = entry ? Math.min(entry.total, repairBelow ?? entry.repairBelow) : 0;
        if (!entry || books.blobIndexes.leastLive(file) >= below) continue;
        found += await counted(view, () => view.addFile(entry));
      }
      return { taken: found, at: undefined };
    },
  };
}

/** Blobs that want a steward and are in no auction under way: of an advert's blobs that are, none is looked at. */
function unplaced(context: Context, view: OwnerView): Source {
  const { toPlace } = context.books.blobIndexes;
  return {
    async fill(after, room) {
      let found = 0;
      let at = after;
      let passed: Uint8Array | undefined;
      do {
        passed = undefined;
        for await (const place of toPlace.places({ after: at })) {
          if (found >= room) return { taken: found, at };
          at = place.at;
          if (isUnderWay(context, place.key)) {
            passed = toPlace.behind(place.key);
            break;
          }
          found += await counted(view, () => view.addBlob(place.id));
        }
        at = passed ?? at;
      } while (passed);
      return { taken: found, at: undefined };
    },
  };
}

function isUnderWay(context: Context, id: Uint8Array): boolean {
  const advert = context.books.adverts.get(id);
  return advert !== undefined && !CLOSED.has(advertState(context, advert.id, advert));
}
