import type { Params } from '../chain/params.js';
import type { Database } from '../store/database.js';
import { Sum } from '../store/derived.js';
import { INDEXES } from '../store/layout.js';
import { u64be } from '../util/bytes.js';
import type { HistoryEntry } from './entries.js';

/** A network day is counted in as many parts: what was spent in one is forgotten as a whole. */
const PARTS = 24;

/** What payments and adverts took within the last day, without walking over them. */
export class Spent {
  readonly booked: Sum<HistoryEntry>;
  private readonly partSlots: number;

  constructor(
    db: Database,
    private readonly params: Params,
  ) {
    this.partSlots = Math.ceil(params.daySlots / PARTS);
    this.booked = new Sum(db, INDEXES.SPENT, ({ kind, direction, slot, amount }) =>
      direction === 'out' && (kind === 'post' || kind === 'advert')
        ? [{ bucket: u64be(Math.floor(slot / this.partSlots)), amount }]
        : [],
    );
  }

  /** Grains; of the part of the day in which it began, all. */
  lastDay(slot: number): bigint {
    let spent = 0n;
    const first = Math.max(0, Math.floor((slot - this.params.daySlots) / this.partSlots));
    for (let part = first; part <= Math.floor(slot / this.partSlots); part += 1) spent += this.booked.get(u64be(part));
    return spent;
  }
}
