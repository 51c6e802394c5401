import type { Intents } from './blobs-intents.js';
import type { RootLog, RootSet } from './blobs-roots.js';

/** Which blobs the books need. */
export interface BlobOwner {
  wanted(uuid: string): Promise<boolean>;
  /** The same for many: it reads the books once. */
  needs(): Promise<(uuid: string) => boolean>;
  /** One change of the books at a time. */
  exclusive<R>(work: () => Promise<R>): Promise<R>;
}

/** Removes what was stored and never booked, whether its writer failed or was killed. */
export class Leftovers {
  /** Blobs that are being stored and booked, and by how many. */
  private readonly writers = new Map<string, number>();
  private clearing: Promise<void> = Promise.resolve();
  private closed = false;

  constructor(
    private readonly roots: RootSet,
    private readonly intents: Intents,
    private readonly owner: BlobOwner,
    private readonly log: RootLog,
  ) {}

  /** Before a blob gets its name. */
  async storing(uuid: string): Promise<void> {
    this.writers.set(uuid, (this.writers.get(uuid) ?? 0) + 1);
    await this.intents.note(uuid, 'store');
  }

  /** After its writer is done with it, well or not. */
  async stored(uuid: string): Promise<void> {
    const left = (this.writers.get(uuid) ?? 1) - 1;
    if (left > 0) this.writers.set(uuid, left);
    else this.writers.delete(uuid);
    if (left === 0) await this.settle(uuid);
  }

  /** It has its name, or is about to, and is not booked yet. */
  awaits(uuid: string): boolean {
    return this.writers.has(uuid);
  }

  /** No copy of it is left where there could be one. */
  async removed(uuid: string): Promise<void> {
    if (!this.writers.has(uuid) && !(await this.roots.hiding(uuid))) this.intents.settle(uuid);
  }

  /** A copy of it may be on a disk that is not there, or is about to go, and is not needed. */
  async note(uuid: string): Promise<void> {
    await this.intents.note(uuid, 'remove');
  }

  /** In the background: at the start, and when a disk is there again. */
  clear(): void {
    this.clearing = this.clearing
      .then(() => this.clearNow())
      .catch((error) => {
        this.log.warn({ error: (error as Error).message }, 'leftover blobs could not be removed');
      });
  }

  /** Until what was begun is done. */
  async cleared(): Promise<void> {
    await this.clearing;
  }

  private async clearNow(): Promise<void> {
    for (const uuid of this.intents.all()) if (!this.closed) await this.settle(uuid);
    if (!this.closed) await this.intents.flush();
  }

  private async settle(uuid: string): Promise<void> {
    if (await this.owner.wanted(uuid)) return this.intents.settle(uuid);
    await this.owner.exclusive(async () => {
      if (this.writers.has(uuid)) return;
      if (await this.owner.wanted(uuid)) return this.intents.settle(uuid);
      const { found, freed } = await this.roots.removeCopies(uuid);
      if (found) this.log.info({ uuid, bytes: freed }, 'a blob that was never booked was removed');
      // What a disk that is missing, or fails, has of it goes when that is there again.
      if (!(await this.roots.hiding(uuid))) this.intents.settle(uuid);
    });
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.clearing;
    await this.intents.flush().catch(() => undefined);
  }
}
