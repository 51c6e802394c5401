import { fromHex } from '../util/bytes.js';
import { bountyState } from './bounty-state.js';
import { type Context, currentSlot } from './context.js';
import type { BountyEntry, KeptContract } from './entries.js';
import { keptOn } from './lookup.js';
import { slotKey } from './owner-indexes.js';
import { type Source, taken } from './pages.js';

/**
 * A part of a steward's books over which the plan decides as it would over all of them: bounties that can be
 * claimed; and blobs that a contract keeps no longer, each with all that may yet keep it.
 */
export class StewardView {
  private readonly uuids = new Set<string>();
  private readonly bounties = new Map<string, BountyEntry>();
  readonly contracts: KeptContract[] = [];

  constructor(private readonly context: Context) {}

  /** Soonest to expire first; then the debts, by when their grace ended. */
  get sources(): Source[] {
    const { books, ledger } = this.context;
    const slot = currentSlot(this.context);
    const from = Math.min(slot, ledger.tip.slot);
    return [
      {
        fill: (after, room) =>
          taken(books.bountyIndexes.places('steward', 'open', { from, after }), room, ({ id }) => {
            this.addBounty(books.bounties.get(id));
            return 1;
          }),
      },
      this.prunable(slot),
    ];
  }

  prunable(slot: number): Source {
    const { books } = this.context;
    return {
      fill: (after, room) =>
        taken(books.keptDue.places({ below: slotKey(slot + 1), after }), room, ({ id }) => {
          const contract = books.kept.get(id);
          if (contract) this.uuids.add(contract.uuid);
          return 1;
        }),
    };
  }

  private addBounty(entry: BountyEntry | undefined): void {
    if (entry) this.bounties.set(entry.id, entry);
  }

  /** What keeps the blobs that may go: once, when all else is in. */
  async complete(): Promise<void> {
    const { books } = this.context;
    for (const uuid of this.uuids) {
      this.contracts.push(...(await keptOn(this.context, uuid)));
      for (const id of await books.bountyIndexes.byUuid.ids({ prefix: fromHex(uuid)! }))
        this.addBounty(books.bounties.get(id));
    }
  }

  /** Those that can be claimed, or are claimed and not booked. */
  get open(): { entry: BountyEntry; claimed: boolean }[] {
    return [...this.bounties.values()].flatMap((entry) => {
      const state = bountyState(this.context, entry);
      return state === 'open' || state === 'claimed' ? [{ entry, claimed: state === 'claimed' }] : [];
    });
  }
}
