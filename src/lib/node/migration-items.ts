import { deserialize, serialize } from 'node:v8';
import { areaKey, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import type { Migration } from '../store/schema.js';
import { utf8 } from '../util/bytes.js';
import type { BountyEntry, ItemEntry } from './entries.js';

type ForOneBlob = Omit<BountyEntry, 'items'> & Omit<ItemEntry, 'amount'>;

/** A bounty was for one blob; now it has items. */
export const bountyItems = (max: number): Migration => ({
  to: 4,
  name: 'giving bounties their items',
  async next(db, cursor) {
    const writes: Write[] = [];
    for (const area of [AREAS.BOUNTIES, AREAS.CLOSED]) {
      const prefix = utf8(area);
      // Areas come in the order of their keys: one before the cursor's is through.
      if (cursor && cursor[0]! > prefix[0]!) continue;
      const limit = max - writes.length;
      const after = cursor?.[0] === prefix[0] ? cursor : undefined;
      for await (const [key, value] of db.scan(prefix, { limit, ...(after && { after }) })) {
        writes.push([areaKey(area, key.slice(prefix.length)), serialize(withItems(deserialize(value) as ForOneBlob))]);
      }
      if (writes.length === max) return { writes, cursor: writes.at(-1)![0] };
    }
    return { writes, cursor: undefined };
  },
});

function withItems({ uuid, contract, index, item, ...rest }: ForOneBlob): BountyEntry {
  return { ...rest, items: [{ uuid, contract, index, item, amount: rest.amount }] };
}
