import type { LedgerEvent } from '../chain/events.js';
import { readAdvert } from '../chain/state.js';
import type { Advert } from '../chain/types.js';
import { areaKey, type Database, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import { toHex } from '../util/bytes.js';
import type { Context } from './context.js';

/** The ids of the adverts that stand in the state: the state itself is found by id only. */
export class SeenAdverts {
  private readonly ids = new Map<string, Uint8Array>();

  constructor(private readonly db: Database) {}

  async load(): Promise<void> {
    for await (const [key] of this.db.scan(areaKey(AREAS.SEEN))) this.ids.set(toHex(key.slice(1)), key.slice(1));
  }

  /** The writes of a block; the ids are taken in at once, and an advert that is not in the state is passed over. */
  writes(events: readonly LedgerEvent[]): Write[] {
    return events.flatMap((event): Write[] => {
      if (event.kind === 'advert') {
        this.ids.set(toHex(event.advertId), event.advertId);
        return [[areaKey(AREAS.SEEN, event.advertId), new Uint8Array(0)]];
      }
      return [];
    });
  }

  /** Those in the state at the tip; what a cycle's reorganisations cannot bring back is forgotten. */
  current({ ledger }: Pick<Context, 'ledger'>): { id: string; key: Uint8Array; advert: Advert }[] {
    return [...this.ids].flatMap(([id, key]) => {
      const advert = readAdvert(ledger.state, key);
      return advert ? [{ id, key, advert }] : [];
    });
  }

  /** Drops ids whose adverts left the state: call it rarely, off the path of a block. */
  async sweep({ ledger }: Pick<Context, 'ledger'>): Promise<void> {
    const gone = [...this.ids].filter(([, key]) => !readAdvert(ledger.state, key));
    for (const [id] of gone) this.ids.delete(id);
    await this.db.write(gone.map(([, key]) => [areaKey(AREAS.SEEN, key), null]));
  }
}
