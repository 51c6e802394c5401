import { statSync } from 'node:fs';
import { rename, stat, statfs, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Failure, fromSystemError, invariant } from '../util/errors.js';
import type { Place, RootState, RootView } from './blobs-foreign.js';
import { type FolderLocks, folderOf } from './blobs-lock.js';
import { syncFolder } from './files.js';
import type { RootEntry } from './root-book.js';
import { isAbsence, ownFolder } from './root-folder.js';
import { Presence } from './root-marker.js';
import { type PartialFile, PartialFolder } from './root-partial.js';
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
  private readonly partial: PartialFolder;

  constructor(
    public entry: RootEntry,
    private readonly locks: FolderLocks,
    /** Told when it appears and when it is found missing. */
    private readonly onChange: (root: BlobRoot) => void,
  ) {
    this.presence = new Presence(entry.path, entry.id);
    this.partial = new PartialFolder(entry.path);
    this.tally = new Tally(entry.path);
    this.room = new Room(this);
  }

  get path(): string {
    return this.entry.path;
  }

  /** Something is being written to it. */
  get busy(): boolean {
    return this.partial.busy;
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
    await this.partial.clear();
    this.ready = true;
  }

  /** At once: false only where it is there and has no such blob. */
  mayHold(uuid: string): boolean {
    try {
      if (statSync(this.file(uuid), { throwIfNoEntry: false })) return true;
    } catch {
      return true;
    }
    return !this.present || !this.presence.isSame;
  }

  /** Why nobody can say whether a blob that was not found is here; undefined: it is not. As of the last look. */
  async hidden(uuid: string): Promise<string | undefined> {
    if (!this.present) return 'which is not there';
    return stat(this.file(uuid)).then(
      () => undefined,
      (error) =>
        isAbsence(error)
          ? undefined
          : `which cannot be read: ${fromSystemError(error, dirname(this.file(uuid))).message}`,
    );
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

  /** A new file in partial/, open for reading and writing; none where it drains: what is in none is all there is. */
  async create(): Promise<PartialFile> {
    if (this.entry.state !== 'active') throw new Failure('temporary', `${this.path} takes no blobs any more`);
    return this.partial.create().catch(async (error) => {
      if (!(await this.look())) throw this.gone();
      throw error;
    });
  }

  async dropDraft(name: string): Promise<void> {
    await this.partial.drop(name);
  }

  /** The rename that makes a synced file of partial/ a blob. Under the folder's lock. */
  async adopt(name: string, uuid: string, size: number): Promise<void> {
    invariant(this.partial.has(name), 'a draft of this root');
    if (!(await this.look())) throw this.gone();
    const folder = await ownFolder(this.path, folderOf(uuid));
    const before = await stat(this.file(uuid)).catch(() => undefined);
    await rename(this.partial.path(name), this.file(uuid));
    if (before) this.tally.drop(uuid, before.size);
    this.tally.add(uuid, size);
    this.partial.forget(name);
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
    const folder = await ownFolder(this.path, 'corrupt');
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
