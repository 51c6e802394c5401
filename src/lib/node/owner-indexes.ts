import { cardsLeft } from '../bounty/deck.js';
import type { Params } from '../chain/params.js';
import { ownerLookSlot } from '../plan/due.js';
import { ownerDueSlot } from '../plan/interval.js';
import type { Database } from '../store/database.js';
import { Index, Sum } from '../store/derived.js';
import { INDEXES } from '../store/layout.js';
import { concat, fromHex, u16be, u64be, utf8 } from '../util/bytes.js';
import type { AdvertEntry, BlobEntry, OwnedContract } from './entries.js';
import { outboxOf } from './polling.js';

/** In the place of an advert's id, for blobs that were never in one. */
const NO_ADVERT = '-'.repeat(64);

/** A slot in an index's order; what never comes stands at the end. */
export function slotKey(slot: number): Uint8Array {
  return u64be(Math.min(slot, Number.MAX_SAFE_INTEGER));
}

/** Ends a text of any length: none is the beginning of another. */
export function textKey(text: string): Uint8Array {
  return utf8(`${text}\0`);
}

export function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length - 1).toString();
}

/** Contracts this owner pays: what to look at next, whom else to pay with it, what keeps a blob. */
export class OwnedIndexes {
  readonly due: Index<OwnedContract>;
  readonly byAccount: Index<OwnedContract>;
  readonly byUuid: Index<OwnedContract>;

  constructor(db: Database, params: Params) {
    this.due = new Index(db, INDEXES.OWNED_DUE, (contract) => {
      const times = { ...contract, lost: contract.lost ?? false, outbox: outboxOf(contract) };
      const slot = ownerLookSlot(times, params);
      return slot === Number.POSITIVE_INFINITY ? [] : [slotKey(slot)];
    });
    this.byAccount = new Index(db, INDEXES.OWNED_BY_ACCOUNT, (contract) =>
      contract.state === 'live' && contract.bounty === null
        ? [concat(contract.account, slotKey(ownerDueSlot(contract, params)))]
        : [],
    );
    this.byUuid = new Index(db, INDEXES.OWNED_BY_UUID, ({ uuid, state }) =>
      state === 'ended' ? [] : [fromHex(uuid)!],
    );
  }

  get all(): Index<OwnedContract>[] {
    return [this.due, this.byAccount, this.byUuid];
  }
}

/** An owner's blobs: by file; those whose decks run out, that are missing, or want a steward. */
export class BlobIndexes {
  readonly byFile: Index<BlobEntry>;
  readonly toPlace: Index<BlobEntry>;
  readonly byCards: Index<BlobEntry>;
  readonly missing: Index<BlobEntry>;
  private readonly live: Sum<BlobEntry>;

  constructor(db: Database) {
    this.byFile = new Index(db, INDEXES.BLOBS_BY_FILE, ({ file }) => (file === null ? [] : [textKey(file)]));
    this.toPlace = new Index(db, INDEXES.BLOBS_TO_PLACE, (blob) =>
      wantsPlace(blob) ? [utf8(blob.advert ?? NO_ADVERT)] : [],
    );
    this.byCards = new Index(db, INDEXES.BLOBS_BY_CARDS, ({ contract, state, deck }) =>
      contract === null || (state !== 'live' && state !== 'replaced') ? [] : [u16be(Math.min(cardsLeft(deck), 0xffff))],
    );
    this.missing = new Index(db, INDEXES.BLOBS_MISSING, ({ state, file }) =>
      state === 'mia' && file !== null ? [textKey(file)] : [],
    );
    this.live = new Sum(db, INDEXES.BLOBS_LIVE, ({ state, file, generation }) => {
      if (state !== 'live' || file === null) return [];
      const first = { bucket: textKey(file), amount: 1n };
      return (generation ?? 0) > 0 ? [first, { bucket: concat(textKey(file), u16be(1)), amount: 1n }] : [first];
    });
  }

  get all() {
    return [this.byFile, this.toPlace, this.byCards, this.missing, this.live];
  }

  /** At least as many different shares of a file are live: two generations of one may be, of which one is a later. */
  leastLive(file: string): number {
    return Number(this.live.get(textKey(file)) - this.live.get(concat(textKey(file), u16be(1))));
  }
}

/** Asked for by the operator once, or made by a repair; of what has no other shares also what went missing. */
function wantsPlace({ state, advert, generation, file }: BlobEntry): boolean {
  if (state === 'advertised') return true;
  const asked = advert !== null || (generation ?? 0) > 0;
  return asked && (state === 'local' || (state === 'mia' && file === null));
}

/** This owner's adverts: those with lots to hand out, by their end; all by what they list. */
export class AdvertIndexes {
  readonly open: Index<AdvertEntry>;
  readonly byUuid: Index<AdvertEntry>;

  constructor(db: Database) {
    this.open = new Index(db, INDEXES.ADVERTS_OPEN, ({ lots, closes, failed }) =>
      !failed && lots.some(({ state }) => state === 'waiting') ? [slotKey(closes)] : [],
    );
    this.byUuid = new Index(db, INDEXES.ADVERTS_BY_UUID, ({ lots }) => lots.map(({ uuid }) => fromHex(uuid)!));
  }

  get all(): Index<AdvertEntry>[] {
    return [this.open, this.byUuid];
  }
}
