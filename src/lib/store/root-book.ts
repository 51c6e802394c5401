import { sep } from 'node:path';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Database } from './database.js';
import { AREAS } from './layout.js';
import { Table } from './table.js';

/** A directory that holds blobs, as the books have it. */
export interface RootEntry {
  /** Random, hex; of a blob root also in its marker, so that another disk at its path is told apart. */
  id: string;
  /** Absolute, without symbolic links. */
  path: string;
  kind: 'blobs' | 'tahoe';
  /** Bytes of blobs at the most; null: as many as the disk takes. */
  capacity: number | null;
  /** Bytes of the disk that stay free. */
  reserve: number;
  /** draining: no new blob goes there. */
  state: 'active' | 'draining';
  /** The one below the data directory, and wherever that is: its path in the books is of no account. */
  own: boolean;
}

/**
 * The roots, in the node's own database and not in a file beside it: whoever has the books knows where
 * the blobs are that they name, and neither can be lost or restored without the other.
 */
export class RootBook {
  private turn: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly db: Database,
    private readonly table: Table<RootEntry>,
    private readonly entries: Map<string, RootEntry>,
  ) {}

  /** `own`: where the data directory's own root is now. */
  static async open(db: Database, own: string): Promise<RootBook> {
    const table = new Table<RootEntry>(db, AREAS.ROOTS);
    const all = (await table.all()).map((entry) => (entry.own ? { ...entry, path: own } : entry));
    return new RootBook(db, table, new Map(all.map((entry) => [entry.id, entry])));
  }

  all(kind?: RootEntry['kind']): RootEntry[] {
    return [...this.entries.values()].filter((entry) => kind === undefined || entry.kind === kind);
  }

  at(path: string): RootEntry | undefined {
    return this.all().find((entry) => entry.path === path);
  }

  get own(): RootEntry | undefined {
    return this.all().find((entry) => entry.own);
  }

  byId(id: string): RootEntry | undefined {
    return this.entries.get(id);
  }

  /** On the disk before it returns. */
  async save(entry: RootEntry): Promise<void> {
    await this.db.write([this.table.put(utf8(entry.id), entry)]);
    this.entries.set(entry.id, entry);
  }

  async forget(id: string): Promise<void> {
    await this.db.write([this.table.delete(utf8(id))]);
    this.entries.delete(id);
  }

  /** Attaching, detaching and changing, one at a time: each acts on what it saw in the book and on the disk. */
  inTurn<R>(work: () => Promise<R>): Promise<R> {
    const run = this.turn.then(work, work);
    this.turn = run.catch(() => undefined);
    return run;
  }

  /** Two roots that share files would count, move and remove each other's. */
  refuseOverlap(path: string): void {
    const inside = (inner: string, outer: string) => inner === outer || inner.startsWith(outer.replace(/\/*$/, sep));
    const other = this.all().find((entry) => inside(path, entry.path) || inside(entry.path, path));
    if (!other) return;
    const where = other.path === path ? 'is' : path.length > other.path.length ? 'lies in' : 'holds';
    throw new Failure('usage', `${path} ${where} ${other.path}, which is attached`, 'see holdfast steward ls');
  }
}
