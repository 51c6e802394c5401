import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, fromSystemError, invariant } from '../util/errors.js';
import type { Place, RootState, RootView } from './blobs-foreign.js';
import { type FolderLocks, folderOf } from './blobs-lock.js';
import { syncFolder } from './files.js';
import type { RootEntry } from './root-book.js';
import { Presence } from './root-marker.js';
import { Room } from './root-room.js';
import { Tally } from './root-tally.js';

/**
 * One directory of blobs: ROOT/xx/UUID, what is being written in ROOT/partial, what went bad in
 * ROOT/corrupt. Whoever changes a name in xx holds that folder's lock.
 */
export class BlobRoot {
  readonly tally: Tally;
  readonly room: Room;
  /** As it was when it was last looked at. */
  present = false;
  /** It can be written to. */
  private ready = false;
  private appearing: Promise<void> | undefined;
  private readonly presence: Presence;
  /** Names in partial/ that this process is writing. */
  private readonly drafts = new Set<string>();

  constructor(
    public entry: RootEntry,
    private readonly locks: FolderLocks,
    /** Told when it appears and when it is found missing. */
    private readonly onChange: (root: BlobRoot) => void,
  ) {
    this.presence = new Presence(entry.path, entry.id);
    this.tally = new Tally(entry.path);
    this.room = new Room(this);
  }

  get path(): string {
    return this.entry.path;
  }

  get state(): RootState {
    if (!this.present) return 'missing';
    if (this.entry.state === 'draining') return 'draining';
    return this.tally.complete ? 'active' : 'scanning';
  }

  /** Looks whether its marker is there, and remembers it. */
  async look(): Promise<boolean> {
    const now = await this.presence.check();
    if (now && !this.present) {
      this.appearing ??= this.prepare().finally(() => {
        this.appearing = undefined;
        this.present = true;
        this.onChange(this);
      });
      await this.appearing.catch(() => undefined);
    } else if (!now && this.present) {
      this.present = false;
      this.tally.complete = false;
      this.onChange(this);
    }
    return this.present;
  }

  /** There, and fit to be written to; a disk that was mounted read-only is looked at again each time. */
  async isReady(): Promise<boolean> {
    if (!(await this.look())) return false;
    if (!this.ready) await this.prepare().catch(() => undefined);
    return this.ready;
  }

  /** What a kill, or the loss of the disk, left half-written goes. */
  private async prepare(): Promise<void> {
    this.ready = false;
    try {
      const folder = join(this.path, 'partial');
      await mkdir(folder, { recursive: true, mode: 0o700 });
      for (const name of await readdir(folder)) {
        if (!this.drafts.has(name)) await rm(join(folder, name), { force: true, recursive: true });
      }
      this.ready = true;
    } catch (error) {
      throw fromSystemError(error, `opening the blobs at ${this.path}`);
    }
  }

  async count(signal: AbortSignal): Promise<void> {
    await this.tally.count(this.locks, signal);
    // Counted to nothing because it went away: that is no count.
    if (!(await this.look())) {
      this.tally.complete = false;
      throw new Failure('temporary', `${this.path} went away while it was counted`);
    }
  }

  file(uuid: string): string {
    return join(this.path, folderOf(uuid), uuid);
  }

  badFile(uuid: string): string {
    return join(this.path, 'corrupt', uuid);
  }

  /** undefined where it has none, or is not there; `present` then says which. */
  async find(uuid: string): Promise<Place | undefined> {
    const path = this.file(uuid);
    const found = await stat(path).catch(() => undefined);
    // Looked at behind the file, so that a disk that has just gone is not taken for one without it.
    if (!(await this.look()) || !found?.isFile()) return undefined;
    return { uuid, path, start: 0, size: found.size, root: this.path, writable: true };
  }

  /** A new file in partial/, open for reading and writing. */
  async create(): Promise<{ name: string; path: string; handle: FileHandle }> {
    const name = randomUUID();
    const path = join(this.path, 'partial', name);
    this.drafts.add(name);
    try {
      return { name, path, handle: await open(path, 'wx+', 0o600) };
    } catch (error) {
      this.drafts.delete(name);
      if (!(await this.look())) throw this.gone();
      throw error;
    }
  }

  async dropDraft(name: string): Promise<void> {
    await rm(join(this.path, 'partial', name), { force: true });
    this.drafts.delete(name);
  }

  /** The rename that makes a synced file of partial/ a blob. Under the folder's lock. */
  async adopt(name: string, uuid: string, size: number): Promise<void> {
    invariant(this.drafts.has(name), 'a draft of this root');
    if (!(await this.look())) throw this.gone();
    const folder = join(this.path, folderOf(uuid));
    await mkdir(folder, { mode: 0o700 }).then(
      () => syncFolder(this.path),
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
    const before = await stat(this.file(uuid)).catch(() => undefined);
    await rename(join(this.path, 'partial', name), this.file(uuid));
    if (before) this.tally.drop(uuid, before.size);
    this.tally.add(uuid, size);
    this.drafts.delete(name);
    await syncFolder(folder);
    await this.dropBad(uuid);
  }

  /** Deletes a blob, and what went bad under its name; gives the bytes freed. Under the folder's lock. */
  async remove(uuid: string): Promise<number | undefined> {
    const freed = await this.dropBad(uuid);
    const found = await stat(this.file(uuid)).catch(() => undefined);
    if (!found?.isFile()) return freed;
    await unlink(this.file(uuid));
    this.tally.drop(uuid, found.size);
    await syncFolder(join(this.path, folderOf(uuid)));
    return (freed ?? 0) + found.size;
  }

  /** Out of the way and out of use, but kept: somebody may want to look what became of it. Under the lock. */
  async setAside(uuid: string, size: number): Promise<void> {
    const folder = join(this.path, 'corrupt');
    const made = await mkdir(folder, { recursive: true, mode: 0o700 });
    if (made !== undefined) await syncFolder(this.path);
    await rename(this.file(uuid), this.badFile(uuid));
    this.tally.drop(uuid, size);
    this.tally.corrupt += 1;
    await syncFolder(folder);
    await syncFolder(join(this.path, folderOf(uuid)));
  }

  private async dropBad(uuid: string): Promise<number | undefined> {
    const bad = await stat(this.badFile(uuid)).catch(() => undefined);
    if (!bad) return undefined;
    await unlink(this.badFile(uuid));
    this.tally.corrupt -= 1;
    await syncFolder(join(this.path, 'corrupt'));
    return bad.size;
  }

  private gone(): Failure {
    return new Failure('temporary', `${this.path} is not there any more`, 'mount it again');
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.path);
    return bavail * bsize;
  }

  async view(): Promise<RootView> {
    await this.look();
    const { blobs, bytes, skipped, corrupt } = this.tally;
    const { path, kind, capacity, reserve } = this.entry;
    const freeBytes = this.present ? await this.freeBytes().catch(() => null) : null;
    return { kind, path, state: this.state, blobs, bytes, freeBytes, capacity, reserve, skipped, corrupt };
  }
}
