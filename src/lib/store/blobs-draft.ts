import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { Failure, fromSystemError } from '../util/errors.js';
import { writeAll } from './files.js';
import type { BlobRoot } from './root.js';
import { Claim } from './root-room.js';

const READ_BYTES = 256 * 1024;

/** What a draft does to the store that it is of. */
export interface DraftKeeper {
  /** The rename that makes a draft a blob. */
  adopt(root: BlobRoot, name: string, uuid: string, size: number): Promise<void>;
  /** Its writer is done with a blob that was kept: it is in the books by now, or never will be. */
  release(uuid: string): Promise<void>;
}

/** A blob being written, at any offset; it has no name until it is kept. */
export class BlobDraft {
  private end = 0;
  private isOpen = true;
  private kept: string | undefined;

  private constructor(
    private readonly keeper: DraftKeeper,
    private readonly root: BlobRoot,
    private readonly claim: Claim,
    private readonly file: { name: string; path: string; handle: FileHandle },
  ) {}

  /** Claims its room first. `expected`: bytes, where they are known. */
  static async create(keeper: DraftKeeper, root: BlobRoot, expected?: number): Promise<BlobDraft> {
    const claim = new Claim(root.room);
    try {
      await claim.begin(expected);
      return new BlobDraft(keeper, root, claim, await root.create());
    } catch (error) {
      claim.release();
      throw fromSystemError(error, 'storing a blob');
    }
  }

  get path(): string {
    return this.file.path;
  }

  /** Open for reading and writing, until the draft is kept or discarded. */
  get fd(): number {
    return this.file.handle.fd;
  }

  get size(): number {
    return this.end;
  }

  /** Throws 'disk-full' where the root's room, or the disk, ends before. */
  async write(offset: number, bytes: Uint8Array): Promise<void> {
    await this.reserve(offset + bytes.length);
    try {
      await writeAll(this.file.handle, bytes, offset);
    } catch (error) {
      throw fromSystemError(error, 'storing a blob');
    }
    this.wrote(offset + bytes.length);
  }

  /** For whoever writes to `fd`: room up to `end`, before. */
  async reserve(end: number): Promise<void> {
    await this.claim.reach(end).catch((error) => {
      throw fromSystemError(error, 'storing a blob');
    });
  }

  /** For whoever wrote to `fd`: there are bytes up to `end` now. */
  wrote(end: number): void {
    this.claim.wrote(end);
    this.end = Math.max(this.end, end);
  }

  /** The bytes so far, in order. */
  async *read(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, this.end - at));
      const { bytesRead } = await this.file.handle.read(chunk, 0, chunk.length, at);
      if (bytesRead === 0) throw new Failure('failure', 'a draft was cut short');
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }

  /** The UUID of the bytes so far, hex. */
  async uuid(): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of this.read()) hash.update(chunk);
    return hash.digest('hex');
  }

  async sync(): Promise<void> {
    await this.file.handle.sync().catch((error) => {
      throw fromSystemError(error, 'storing a blob');
    });
  }

  /** Synced and renamed: from here on the store has this blob. Discard the draft all the same once it is booked. */
  async keep(uuid: string): Promise<void> {
    try {
      await this.file.handle.sync();
      await this.close();
      this.kept = uuid;
      await this.keeper.adopt(this.root, this.file.name, uuid, this.end);
      this.claim.release();
    } catch (error) {
      throw fromSystemError(error, 'storing a blob');
    }
  }

  /** Always called at the end: what was not kept goes; what was kept and never booked goes too. */
  async discard(): Promise<void> {
    await this.close();
    await this.root.dropDraft(this.file.name);
    this.claim.release();
    const { kept } = this;
    this.kept = undefined;
    if (kept !== undefined) await this.keeper.release(kept);
  }

  private async close(): Promise<void> {
    if (!this.isOpen) return;
    this.isOpen = false;
    await this.file.handle.close();
  }
}
