import { Failure, invariant, isFailure } from '../util/errors.js';
import { BlobChecker, type Verdict } from './blobs-check.js';
import { BlobDraft, type DraftKeeper } from './blobs-draft.js';
import type { ForeignBlobs, Place } from './blobs-foreign.js';
import { Intents } from './blobs-intents.js';
import { type BlobOwner, Leftovers } from './blobs-leftovers.js';
import { folderOf } from './blobs-lock.js';
import { OpenBlob } from './blobs-open.js';
import { largestRoom, rootForNew } from './blobs-placement.js';
import { putStream, type Stored } from './blobs-put.js';
import { type RootLog, type RootOptions, RootSet } from './blobs-roots.js';
import type { BlobRoot } from './root.js';
import { uuidsIn } from './root-tally.js';

export type { BlobDraft } from './blobs-draft.js';

export interface StoreOptions extends RootOptions {
  owner: BlobOwner;
}

/**
 * Blobs by UUID, on one or several disks. A blob is there whole or not at all: written under partial/,
 * synced, renamed. One that is not found while a disk is missing may be on that: such a question
 * throws Failure('temporary'), and is never answered with no.
 */
export class BlobStore implements DraftKeeper {
  readonly checker: BlobChecker;
  readonly leftovers: Leftovers;

  private constructor(
    readonly roots: RootSet,
    intents: Intents,
    readonly owner: BlobOwner,
    readonly log: RootLog,
  ) {
    this.checker = new BlobChecker(roots, log);
    this.leftovers = new Leftovers(roots, intents, owner, log);
  }

  static async open(options: StoreOptions): Promise<BlobStore> {
    const roots = await RootSet.open(options);
    const store = new BlobStore(roots, await Intents.load(options.db), options.owner, options.log);
    roots.onAppear = () => store.leftovers.clear();
    store.leftovers.clear();
    return store;
  }

  /** Trees of another program's, looked into beside the roots. */
  readAlso(foreign: ForeignBlobs): void {
    this.roots.foreign = foreign;
  }

  /** For attaching and detaching trees. */
  get foreign(): Pick<ForeignBlobs, 'attach' | 'detach'> {
    const { attach, detach } = this.roots.foreign;
    invariant(attach && detach, 'a node reads trees');
    return { attach: attach.bind(this.roots.foreign), detach: detach.bind(this.roots.foreign) };
  }

  /** Where a blob is; undefined: nowhere. Throws 'temporary' where it may be on a disk that is missing. */
  async locate(uuid: string): Promise<Place | undefined> {
    const { place, missing } = await this.seek(uuid);
    if (missing) throw missing;
    return place;
  }

  /** As `locate`, for whoever can do without it: at most one of both is there. */
  async seek(uuid: string): Promise<{ place?: Place; missing?: Failure }> {
    for await (const place of this.roots.places(uuid)) return { place };
    const missing = await this.roots.missing(uuid);
    return missing ? { missing } : {};
  }

  /** Bytes of a blob held here, or undefined. */
  async size(uuid: string): Promise<number | undefined> {
    return (await this.locate(uuid))?.size;
  }

  async has(uuid: string): Promise<boolean> {
    return (await this.locate(uuid)) !== undefined;
  }

  /** At once, for where nothing may be waited for: false only where it is certainly not here. */
  mayHold(uuid: string): boolean {
    const { roots, foreign } = this.roots;
    return (
      roots.some((root) => root.mayHold(uuid)) ||
      foreign.find(uuid) !== undefined ||
      foreign.missing(uuid) !== undefined
    );
  }

  /** Its bytes, not verified. Close it. */
  async open(uuid: string): Promise<OpenBlob> {
    for await (const place of this.roots.places(uuid)) {
      const blob = await OpenBlob.at(place);
      if (blob) return blob;
    }
    throw (await this.roots.missing(uuid)) ?? new Failure('not-found', `no blob ${uuid} here`);
  }

  /** Its bytes, hashed in full through the file that they are then read from. Throws 'lost' where they went bad. Close it. */
  async openGood(uuid: string): Promise<OpenBlob> {
    const blob = await this.checker.firstGood(uuid);
    if (blob) return blob;
    throw (await this.roots.missing(uuid)) ?? new Failure('not-found', `no blob ${uuid} here`);
  }

  /** Reads a blob whole and says whether it is what its name says; what is not is set aside. */
  async check(uuid: string): Promise<Verdict> {
    const verdict = await this.checker.check(uuid);
    const missing = verdict ? undefined : await this.roots.missing(uuid);
    if (missing) throw missing;
    return verdict ?? { good: false, reason: 'its bytes are not held here' };
  }

  /** Whether it is held, or was until its bytes went bad. */
  async knows(uuid: string): Promise<boolean> {
    return (await this.checker.remembered(uuid)) !== undefined || (await this.has(uuid));
  }

  /** Bytes from an offset, not verified. */
  async *read(uuid: string, offset = 0, length = Number.MAX_SAFE_INTEGER): AsyncGenerator<Uint8Array> {
    const blob = await this.open(uuid);
    try {
      yield* blob.stream(offset, length);
    } finally {
      await blob.close();
    }
  }

  /** Every blob of the roots and trees that are there; one that lies in two comes twice. Throws at the end, as `inRoot`. */
  async *entries(): AsyncGenerator<Place> {
    let trouble: Failure | undefined;
    for (const root of [...this.roots.roots]) {
      try {
        yield* this.inRoot(root);
      } catch (error) {
        if (!isFailure(error)) throw error;
        trouble ??= error;
      }
    }
    yield* this.roots.foreign.entries();
    if (trouble) throw trouble;
  }

  /** Throws at the end where something could not be looked at, so that nobody takes it for empty. */
  async *inRoot(root: BlobRoot): AsyncGenerator<Place> {
    if (!(await root.look())) return;
    let trouble: Failure | undefined;
    for await (const uuid of uuidsIn(root.path)) {
      const place = await root.find(uuid);
      if (place) yield place;
      else trouble ??= await this.roots.hiding(uuid, [root]);
    }
    if (trouble && root.present) throw trouble;
  }

  /** A place for bytes of unknown name: write, then keep, and discard at the end. `expected`: bytes, where known. */
  async draft(expected?: number): Promise<BlobDraft> {
    for (;;) {
      const root = await rootForNew(this.roots);
      try {
        return await BlobDraft.create(this, root, expected);
      } catch (error) {
        // Since it was chosen, it was said to take no more.
        if (root.entry.state === 'active') throw error;
      }
    }
  }

  /** Stores a stream; with `expected`, only bytes of that UUID and size are kept. */
  async put(body: AsyncIterable<Uint8Array>, expected?: { uuid: string; size: number }): Promise<Stored> {
    return putStream(this, body, expected);
  }

  /**
   * Deletes every copy in the roots; a tree of another program's is not touched. Returns the bytes freed.
   * Needs no free space, so it works on a full disk. Throws 'temporary' where it is on no disk that is there.
   */
  async remove(uuid: string): Promise<number> {
    const { freed, found } = await this.roots.removeCopies(uuid);
    const missing = await this.roots.missing(uuid);
    if (missing && !found) throw missing;
    // There may be a second copy, of a move that was cut off.
    if (missing) await this.leftovers.note(uuid);
    return freed;
  }

  /** As `remove`, for what nobody needs any more; what is on a missing disk goes once that is there again. */
  async letGo(uuid: string): Promise<void> {
    const { missing } = await this.seek(uuid);
    if (missing) return this.leftovers.note(uuid);
    await this.remove(uuid);
    await this.leftovers.removed(uuid);
  }

  /** Before the books let go of it, so that a kill between them and `letGo` leaves nothing that nobody needs. */
  async lettingGo(uuid: string): Promise<void> {
    await this.leftovers.note(uuid);
  }

  /** Bytes of the largest blob that would be taken now. */
  async room(): Promise<number> {
    return largestRoom(this.roots);
  }

  /** The rename that makes a draft a blob; older copies of it go. */
  async adopt(root: BlobRoot, name: string, uuid: string, size: number): Promise<void> {
    await this.leftovers.storing(uuid);
    await this.roots.locks.hold(folderOf(uuid), async () => {
      this.roots.refuseDropped(root);
      await root.adopt(name, uuid, size);
      await this.roots.removeOthers(uuid, root);
    });
  }

  async release(uuid: string): Promise<void> {
    await this.leftovers.stored(uuid);
  }

  async close(): Promise<void> {
    await this.leftovers.close();
    await this.roots.close();
  }
}
