import { utf8 } from '../util/bytes.js';
import type { Database } from './database.js';
import { AREAS } from './layout.js';
import { Table } from './table.js';

/** store: its bytes were on their way in; remove: on their way out, or not all of its disks were there. */
export type Intent = 'store' | 'remove';

/**
 * UUIDs of which a copy may lie in a root though the books need none, written down before the rename
 * that puts it there. So what a kill leaves between storing and booking is found again by its name,
 * and nothing else is ever taken for a leftover: not even where the books were lost.
 */
export class Intents {
  private readonly table: Table<Intent>;
  private readonly open = new Map<string, Intent>();
  /** Settled, but still on the disk: deleted with the next write. */
  private readonly settled = new Set<string>();

  private constructor(private readonly db: Database) {
    this.table = new Table(db, AREAS.INTENTS);
  }

  static async load(db: Database): Promise<Intents> {
    const intents = new Intents(db);
    for await (const [key, intent] of intents.table.entries()) {
      intents.open.set(Buffer.from(key).toString(), intent);
    }
    return intents;
  }

  all(): string[] {
    return [...this.open.keys()];
  }

  /** On the disk before it returns. */
  async note(uuid: string, intent: Intent): Promise<void> {
    this.settled.delete(uuid);
    this.open.set(uuid, intent);
    const done = [...this.settled];
    await this.db.write([
      this.table.put(utf8(uuid), intent),
      ...done.map((settled) => this.table.delete(utf8(settled))),
    ]);
    // Noted again meanwhile, one of them stands again, and its own write comes behind this one.
    for (const settled of done) this.settled.delete(settled);
  }

  settle(uuid: string): void {
    if (this.open.delete(uuid)) this.settled.add(uuid);
  }

  async flush(): Promise<void> {
    const done = [...this.settled];
    await this.db.write(done.map((settled) => this.table.delete(utf8(settled))));
    for (const settled of done) this.settled.delete(settled);
  }
}
