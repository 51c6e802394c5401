import type { Database } from '../store/database.js';
import { Index, type Place } from '../store/derived.js';
import { INDEXES } from '../store/layout.js';
import { concat, fromHex, u64be, utf8 } from '../util/bytes.js';
import type { BountyEntry } from './entries.js';

/**
 * What can happen to a bounty next without anybody doing anything, and the slot or height from which on
 * it can. A round of upkeep, or a plan, reads the stages it is about, up to now, and nothing else.
 */
export type Stage =
  /** Open: the last slot in which it can be claimed. */
  | 'open'
  /** Swept, and not booked: the sweep's height. */
  | 'claimed'
  /** Its money is back, or it was never posted: a payment that failed. 0. */
  | 'lapsed'
  /** Nothing more is to be booked: the height that closed it, 0 where it was never posted. */
  | 'over';

type Role = BountyEntry['role'];

const LAST = Number.MAX_SAFE_INTEGER - 1;

export interface StageRange {
  from?: number;
  to?: number;
  limit?: number;
  /** Go on behind this place. */
  after?: Uint8Array | undefined;
}

/** A place in the order of stages: role, stage, when. */
function stageKey(role: Role, stage: Stage, at: number): Uint8Array {
  return concat(stagePrefix(role, stage), u64be(at));
}

const LETTERS: Record<Role | Stage, string> = {
  ...{ owner: 'o', steward: 's' },
  ...{ open: 'o', claimed: 'c', lapsed: 'l', over: 'z' },
};

function stagePrefix(role: Role, stage: Stage): Uint8Array {
  return utf8(LETTERS[role] + LETTERS[stage]);
}

function stagesOf(entry: BountyEntry): [Stage, number][] {
  const { role, openedHeight, closed, expires, failed, settled } = entry;
  const forContract = role === 'owner' && entry.items.some(({ contract }) => contract !== null);
  if (openedHeight === null) {
    // What was given up for lost is over, and still what its contract paid last.
    if (failed)
      return forContract
        ? [
            ['lapsed', 0],
            ['over', 0],
          ]
        : [['over', 0]];
    return [];
  }
  if (closed === null) return settled ? [] : [['open', expires ?? 0]];
  if (closed.how !== 'swept')
    return forContract
      ? [
          ['lapsed', 0],
          ['over', closed.height],
        ]
      : [['over', closed.height]];
  const toBook = !settled && (role === 'steward' || forContract);
  return [[toBook ? 'claimed' : 'over', closed.height]];
}

/** Bounties by stage; by UUID, those that keep a steward from pruning; by their transactions. */
export class BountyIndexes {
  readonly stages: Index<BountyEntry>;
  readonly byUuid: Index<BountyEntry>;
  readonly byTx: Index<BountyEntry>;

  constructor(db: Database) {
    this.stages = new Index(db, INDEXES.BOUNTY_STAGES, (entry) =>
      stagesOf(entry).map(([stage, at]) => stageKey(entry.role, stage, at)),
    );
    this.byUuid = new Index(db, INDEXES.BOUNTIES_BY_UUID, (entry) => {
      const { role, closed, settled, openedHeight } = entry;
      const counts = role === 'steward' && !settled && openedHeight !== null && (!closed || closed.how === 'swept');
      return counts ? [...new Set(entry.items.map(({ uuid }) => uuid))].map((uuid) => fromHex(uuid)!) : [];
    });
    this.byTx = new Index(db, INDEXES.BOUNTIES_BY_TX, ({ role, txid, closing }) => [
      ...(role === 'owner' ? [utf8(txid)] : []),
      ...(closing === null ? [] : [utf8(closing)]),
    ]);
  }

  get all(): Index<BountyEntry>[] {
    return [this.stages, this.byUuid, this.byTx];
  }

  /** The bounties in a stage, soonest first, from one slot or height up to and with another. */
  places(role: Role, stage: Stage, { from = 0, to = LAST, limit = -1, after }: StageRange = {}): AsyncGenerator<Place> {
    const prefix = stagePrefix(role, stage);
    return this.stages.places({ prefix, from: u64be(from), below: u64be(Math.max(from, to + 1)), limit, after });
  }

  async at(role: Role, stage: Stage, range: StageRange = {}): Promise<Uint8Array[]> {
    const keys: Uint8Array[] = [];
    for await (const { id } of this.places(role, stage, range)) keys.push(id);
    return keys;
  }
}
