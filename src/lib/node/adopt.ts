import type { JoinTarget } from '../chain/join/join.js';
import { keyKind } from '../chain/keys.js';
import { stateKey } from '../chain/layout.js';
import { decodeEntry } from '../chain/state-entry.js';
import { areaKey, type Write } from '../store/database.js';
import { AREAS } from '../store/layout.js';
import { EMPTY, utf8 } from '../util/bytes.js';
import type { ChainAreas } from './chain-areas.js';
import type { Context } from './context.js';

/** Where this node joined: what an operator may want to compare with what others say. */
export interface Checkpoint {
  height: number;
  id: Uint8Array;
  /** Who offered it when it was taken. */
  peers: string[];
  /** By the operator, not by agreement. */
  chosen: boolean;
  /** It is the ledger; until then it is being fetched. */
  joined: boolean;
}

/**
 * Makes the ledger in the other area this node's: in one write with what the books keep of a ledger's state. Of
 * the blocks since the old one's tip they hear nothing; what is open in them is looked up in the state.
 */
export async function adoptJoined(
  { books, params }: Context,
  areas: ChainAreas,
  target: JoinTarget,
  taken: Checkpoint | undefined,
): Promise<void> {
  const { height, id } = target;
  const { peers, chosen } = taken ?? { peers: [], chosen: false };
  await books.exclusive(async () => {
    const writes: Write[] = [
      areas.swap(),
      books.setCheckpoint({ height, id, peers, chosen, joined: true }),
      books.setBodiesWanted({ next: height, low: Math.max(1, height - params.cycleBlocks + 1) }),
    ];
    const prefix = areaKey(areas.other, stateKey(EMPTY));
    for await (const [, record] of books.db.scan(prefix)) {
      const { key } = decodeEntry(record);
      if (keyKind(key) === 'd') writes.push([areaKey(AREAS.SEEN, key.slice(1)), EMPTY]);
    }
    // Records of the old ledger's blocks: whatever is still wanted of them is made again.
    await books.db.clear(utf8(AREAS.TXIDS));
    await books.db.write(writes);
  });
}
