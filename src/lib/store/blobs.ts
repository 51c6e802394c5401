import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
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

  /** At once, for where nothing may be waited for. */
  holds(uuid: string): boolean {
    return existsSync(this.path(uuid));
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
      const hash = createHash('sha256');
      for await (const chunk of body) {
        if (expected && draft.size + chunk.length > expected.size)
          throw new Failure('failure', 'more bytes came than were announced');
        hash.update(chunk);
        await draft.write(draft.size, chunk);
      }
      const uuid = hash.digest('hex');
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

/** A blob being written, at any offset; it has no name until it is kept. */
export class BlobDraft {
  private end = 0;
  private open = true;

  constructor(
    private readonly store: BlobStore,
    readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  get size(): number {
    return this.end;
  }

  async write(offset: number, bytes: Uint8Array): Promise<void> {
    try {
      await writeAll(this.handle, bytes, offset);
    } catch (error) {
      throw fromSystemError(error, 'storing a blob');
    }
    this.end = Math.max(this.end, offset + bytes.length);
  }

  /** The bytes so far, in order. */
  async *read(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < this.end; ) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_BYTES, this.end - at));
      const { bytesRead } = await this.handle.read(chunk, 0, chunk.length, at);
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

  /** Synced and renamed: from here on the store has this blob. */
  async keep(uuid: string): Promise<void> {
    try {
      await this.handle.sync();
      await this.close();
      await this.store.adopt(this.path, uuid);
    } catch (error) {
      throw fromSystemError(error, 'storing a blob');
    }
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
