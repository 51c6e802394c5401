import { TahoeTrees } from '../store/tahoe.js';
import type { FollowOptions } from '../store/tahoe-follow.js';
import { claimPosted } from './attach-bounties.js';
import type { Context } from './context.js';

/** The attached trees of Tahoe servers as part of a node: their blobs are the store's, and bounties for them this steward's. */
export class Attachments {
  private claiming: Promise<void> = Promise.resolve();
  private asked = false;
  private stopped = false;

  private constructor(private readonly context: Context) {}

  static async open(context: Context, options: Partial<FollowOptions> = {}): Promise<Attachments> {
    const { books, blobs, log } = context;
    const made = new Attachments(context);
    const trees = await TahoeTrees.open(books.db, blobs.roots.book, {
      ...options,
      onChange: () => made.claim(),
      onTrouble: (path, reason) => log.warn({ path, reason }, 'an attached tree cannot be followed'),
    });
    blobs.readAlso(trees);
    made.claim();
    return made;
  }

  /** Looks which open bounties may be swept now, once for all that came meanwhile. */
  claim(): void {
    if (this.asked || this.stopped) return;
    this.asked = true;
    this.claiming = this.claiming.then(async () => {
      this.asked = false;
      const { context } = this;
      const holds = (uuid: string) => context.blobs.roots.foreign.find(uuid) !== undefined;
      try {
        if ((await claimPosted(context, holds)) > 0) context.changes.tell({ kind: 'books' });
      } catch (error) {
        context.log.error({ error: (error as Error).message }, 'open bounties for attached shares were not booked');
      }
    });
  }

  /** Before the store is closed. */
  async close(): Promise<void> {
    this.stopped = true;
    await this.claiming;
  }
}
