import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, statfs, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, fromSystemError } from '../util/errors.js';
import { syncFolder, writeAll } from './files.js';

const READ_BYTES = 256 * 1024;

/**
 * Blobs by UUID under two-character folders. A blob is there whole or not at all: written under
 * partial/, synced, renamed. What a kill leaves in partial/ is removed at the next start.
 */
export class BlobStore {
  private constructor(private readonly root: string) {}

  static async open(root: string): Promise<BlobStore> {
    try {
      await mkdir(join(root, 'partial'), { recursive: true, mode: 0o700 });
      for (const name of await readdir(join(root, 'partial'))) await rm(join(root, 'partial', name), { force: true });
    } catch (error) {
      throw fromSystemError(error, `opening the blob store at ${root}`);
    }
    return new BlobStore(root);
  }

  path(uuid: string): string {
    return join(this.root, uuid.slice(0, 2), uuid);
  }

  /** Bytes of a blob held here, or undefined. */
  async size(uuid: string): Promise<number | undefined> {
    const found = await stat(this.path(uuid)).catch(() => undefined);
    return found?.size;
  }

  async has(uuid: string): Promise<boolean> {
    return (await this.size(uuid)) !== undefined;
  }

  /** A place for bytes of unknown name: write, then keep or discard. */
  async draft(): Promise<BlobDraft> {
    try {
      const path = join(this.root, 'partial', randomUUID());
      return new BlobDraft(this, path, await open(path, 'wx+', 0o600));
    } catch (error) {
      throw fromSystemError(error, 'storing a blob');
    }
  }

  /** Stores a stream; with `expected`, only bytes of that UUID and size are kept. Returns UUID and size. */
  async put(
    body: AsyncIterable<Uint8Array>,
    expected?: { uuid: string; size: number },
  ): Promise<{ uuid: string; size: number }> {
    const draft = await this.draft();
    try {
      for await (const chunk of body) {
        if (expected && draft.size + chunk.length > expected.size) throw new Failure('failure', 'more bytes came than were announced');
        await draft.append(chunk);
      }
      const uuid = draft.uuid();
      if (expected && (uuid !== expected.uuid || draft.size !== expected.size)) {
        throw new Failure('failure', 'the bytes that came are not the blob that was announced');
      }
      await draft.keep(uuid);
      return { uuid, size: draft.size };
    } catch (error) {
      await draft.discard();
      throw fromSystemError(error, 'storing a blob');
    }
  }

  async *read(uuid: string, offset = 0, length = Number.MAX_SAFE_INTEGER): AsyncGenerator<Uint8Array> {
    const handle = await this.handle(uuid);
    try {
      let at = offset;
      const end = Math.min(offset + length, (await handle.stat()).size);
      while (at < end) {
        const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, end - at));
        const { bytesRead } = await handle.read(chunk, 0, chunk.length, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    } finally {
      await handle.close();
    }
  }

  async handle(uuid: string): Promise<FileHandle> {
    try {
      return await open(this.path(uuid), 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw new Failure('not-found', `no blob ${uuid} here`);
      throw fromSystemError(error, 'reading a blob');
    }
  }

  /** Whether the bytes on disk still are what their name says. */
  async verify(uuid: string): Promise<boolean> {
    const hash = createHash('sha256');
    for await (const chunk of this.read(uuid)) hash.update(chunk);
    return hash.digest('hex') === uuid;
  }

  /** Returns the bytes freed; needs no free space, so it works on a full disk. */
  async remove(uuid: string): Promise<number> {
    const size = await this.size(uuid);
    if (size === undefined) return 0;
    await unlink(this.path(uuid));
    await syncFolder(join(this.root, uuid.slice(0, 2)));
    return size;
  }

  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await statfs(this.root);
    return bavail * bsize;
  }

  /** The rename that makes a draft a blob. */
  async adopt(path: string, uuid: string): Promise<void> {
    const folder = join(this.root, uuid.slice(0, 2));
    if ((await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined) await syncFolder(this.root);
    await rename(path, this.path(uuid));
    await syncFolder(folder);
  }
}

/** A blob being written: appended in order, hashed on the way. */
export class BlobDraft {
  private readonly hash = createHash('sha256');
  private written = 0;
  private open = true;

  constructor(
    private readonly store: BlobStore,
    readonly path: string,
    readonly handle: FileHandle,
  ) {}

  get size(): number {
    return this.written;
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.hash.update(chunk);
    await writeAll(this.handle, chunk, this.written);
    this.written += chunk.length;
  }

  /** The UUID of what was appended so far, hex. */
  uuid(): string {
    return this.hash.copy().digest('hex');
  }

  async keep(uuid: string): Promise<void> {
    await this.handle.sync();
    await this.close();
    await this.store.adopt(this.path, uuid);
  }

  async discard(): Promise<void> {
    await this.close();
    await rm(this.path, { force: true });
  }

  private async close(): Promise<void> {
    if (!this.open) return;
    this.open = false;
    await this.handle.close();
  }
}
