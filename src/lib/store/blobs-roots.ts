import { mkdir, realpath } from 'node:fs/promises';
import { Failure, fromSystemError } from '../util/errors.js';
import { type ForeignBlobs, NO_FOREIGN, type Place, type RootView } from './blobs-foreign.js';
import { FolderLocks, folderOf } from './blobs-lock.js';
import type { Database } from './database.js';
import { BlobRoot } from './root.js';
import { RootBook, type RootEntry } from './root-book.js';
import { makeMarker, readMarker } from './root-marker.js';

export interface RootLog {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface RootOptions {
  /** The data directory's own root, made where the books know none yet. */
  folder: string;
  db: Database;
  /** Genesis id, hex: a root of another network's is refused. */
  network: string;
  log: RootLog;
}

/** All roots: which are there, what they hold, which takes the next blob. */
export class RootSet {
  readonly locks = new FolderLocks();
  readonly roots: BlobRoot[] = [];
  foreign: Pick<ForeignBlobs, keyof typeof NO_FOREIGN> & Partial<ForeignBlobs> = NO_FOREIGN;
  /** Raised with each file that changes its root: who looked meanwhile looks again. */
  moved = 0;
  /** A root appeared: told once it can be looked into. */
  onAppear: () => void = () => {};
  private readonly stopping = new AbortController();
  /** Told to be missing. */
  private readonly away = new Set<BlobRoot>();
  private readonly counting = new Map<string, Promise<void>>();

  private constructor(
    readonly book: RootBook,
    readonly network: string,
    private readonly log: RootLog,
  ) {}

  static async open({ folder, db, network, log }: RootOptions): Promise<RootSet> {
    const own = await realpath(folder).catch(() => folder);
    const book = await RootBook.open(db, own);
    const set = new RootSet(book, network, log);
    if (!book.own) await set.firstRoot(own);
    for (const entry of book.all('blobs')) await set.add(entry);
    return set;
  }

  /** Once: from then on a directory that is gone is a disk that is missing, and never made anew. */
  private async firstRoot(path: string): Promise<void> {
    try {
      await mkdir(path, { recursive: true, mode: 0o700 });
      const { id, network } = (await readMarker(path)) ?? (await makeMarker(path, this.network));
      if (network !== this.network) throw new Failure('usage', `${path} holds blobs of another network: ${network}`);
      await this.book.save({ id, path, kind: 'blobs', capacity: null, reserve: 0, state: 'active', own: true });
    } catch (error) {
      throw fromSystemError(error, `opening the blobs at ${path}`);
    }
  }

  /** A root that the books know. */
  async add(entry: RootEntry): Promise<BlobRoot> {
    const root = new BlobRoot(entry, this.locks, (changed) => this.changed(changed));
    this.roots.push(root);
    if (!(await root.look())) this.changed(root);
    return root;
  }

  /** In the books first. */
  async change(root: BlobRoot, values: Partial<RootEntry>): Promise<BlobRoot> {
    const entry = { ...root.entry, ...values };
    await this.book.save(entry);
    root.entry = entry;
    return root;
  }

  drop(root: BlobRoot): void {
    this.roots.splice(this.roots.indexOf(root), 1);
    root.entry = { ...root.entry, state: 'draining' };
  }

  /** Its writers' blobs would be nowhere. Under the folder's lock. */
  refuseDropped(root: BlobRoot): void {
    if (this.roots.includes(root)) return;
    throw new Failure('temporary', `storing a blob: ${root.path} was detached meanwhile`, 'try again');
  }

  private changed(root: BlobRoot): void {
    const { path } = root;
    if (!root.present) {
      this.away.add(root);
      this.log.error({ path }, 'a root of blobs is not there: its disk is to be mounted again');
      return;
    }
    if (this.away.delete(root)) this.log.info({ path }, 'a root of blobs is there again');
    this.counted(root).catch(() => undefined);
    this.onAppear();
  }

  /** Until its blobs are counted. Throws where that cannot be. */
  counted(root: BlobRoot): Promise<void> {
    if (root.tally.complete) return Promise.resolve();
    const known = this.counting.get(root.entry.id);
    if (known) return known;
    const counting = root
      .count(this.stopping.signal)
      .catch((error) => {
        if (!this.stopping.signal.aborted)
          this.log.warn({ path: root.path, error: (error as Error).message }, 'a root of blobs could not be counted');
        throw fromSystemError(error, `counting the blobs at ${root.path}`);
      })
      .finally(() => this.counting.delete(root.entry.id));
    this.counting.set(root.entry.id, counting);
    return counting;
  }

  rootOf(place: Place): BlobRoot | undefined {
    return place.writable ? this.roots.find(({ path }) => path === place.root) : undefined;
  }

  at(path: string): BlobRoot | undefined {
    return this.roots.find((root) => root.path === path);
  }

  /** Every place where a blob lies. One that a move took from a root that was not looked into yet comes all the same. */
  async *places(uuid: string): AsyncGenerator<Place> {
    for (let moved = -1; moved !== this.moved; ) {
      moved = this.moved;
      for (const root of [...this.roots]) {
        const place = await root.find(uuid);
        if (place) yield place;
      }
    }
    const place = this.foreign.find(uuid);
    if (place) yield place;
  }

  /** Deletes a blob from every root that is there. */
  removeCopies(uuid: string): Promise<{ freed: number; found: boolean }> {
    return this.locks.hold(folderOf(uuid), () => this.removeOthers(uuid, undefined));
  }

  /** From every root but one. Under the folder's lock. */
  async removeOthers(uuid: string, but: BlobRoot | undefined): Promise<{ freed: number; found: boolean }> {
    const sum = { freed: 0, found: false };
    for (const root of this.roots) {
      if (root === but || !(await root.look())) continue;
      const freed = await root.remove(uuid);
      if (freed === undefined) continue;
      this.moved += 1;
      sum.found = true;
      sum.freed += freed;
    }
    return sum;
  }

  /** Why a blob that was found nowhere may be somewhere all the same; as of the last look at each root. */
  async missing(uuid: string): Promise<Failure | undefined> {
    const hiding = await this.hiding(uuid);
    const tree = this.foreign.missing(uuid);
    return hiding ?? (tree === undefined ? undefined : mayBeOn(uuid, tree, 'which is not there'));
  }

  /** The same of the roots alone, or of some. */
  async hiding(uuid: string, among: readonly BlobRoot[] = this.roots): Promise<Failure | undefined> {
    for (const root of [...among]) {
      const why = await root.hidden(uuid);
      if (why !== undefined) return mayBeOn(uuid, root.path, why);
    }
    return undefined;
  }

  async views(): Promise<RootView[]> {
    return [...(await Promise.all(this.roots.map((root) => root.view()))), ...(await this.foreign.roots())];
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await Promise.allSettled(this.counting.values());
    await this.foreign.close?.();
  }
}

function mayBeOn(uuid: string, path: string, why: string): Failure {
  return new Failure(
    'temporary',
    `blob ${uuid} may be on ${path}, ${why}`,
    `mount it again; if it is gone for good: holdfast steward detach --lost ${path}`,
  );
}
