import { type FileHandle, mkdir, mkdtemp, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { decodeBase32 } from '../codec/base32.js';
import { CONTAINER_HEADER_BYTES, packContainerHeader, serverPath } from '../codec/container.js';
import type { ByteSource, ShareSink } from '../codec/source.js';
import { syncFolder, writeAll } from '../store/files.js';
import { equal } from '../util/bytes.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { FileSource } from './source.js';

const COMPARED_BYTES = 1 << 20;

/**
 * Shares on their way into a directory. They appear there under their names only once all are whole
 * and on disk; another file's shares are never overwritten.
 */
export class ShareWriter {
  readonly #staged = new Map<number, FileHandle>();

  private constructor(
    private readonly dir: string,
    private readonly staging: string,
    private readonly server: boolean,
  ) {}

  /** server: as a storage server keeps them, each in a container, under `shares/`. */
  static async open(dir: string, server: boolean): Promise<ShareWriter> {
    try {
      await mkdir(dir, { recursive: true });
      return new ShareWriter(dir, await mkdtemp(join(dir, '.holdfast-')), server);
    } catch (error) {
      throw fromSystemError(error, `cannot write to ${dir}`);
    }
  }

  async sink(share: number): Promise<ShareSink> {
    const handle = await open(join(this.staging, String(share)), 'wx+', 0o666);
    this.#staged.set(share, handle);
    const start = this.server ? CONTAINER_HEADER_BYTES : 0;
    return { write: (offset, bytes) => writeAll(handle, bytes, start + offset) };
  }

  /** Gives the shares their names. The sizes and the storage index are what encoding gave. */
  async publish(shareSize: number, storageIndex: string): Promise<void> {
    try {
      const targets = [...this.#staged].map(([share, handle]) => ({
        handle,
        from: join(this.staging, String(share)),
        to: this.#target(storageIndex, share),
      }));
      for (const { handle, to } of targets) {
        if (this.server) await writeAll(handle, packContainerHeader(shareSize, 0), 0);
        await handle.sync();
        await refuseOther(to, new FileSource(handle, (await handle.stat()).size));
      }
      for (const folder of new Set(targets.map(({ to }) => dirname(to)))) await mkdir(folder, { recursive: true });
      for (const { from, to } of targets) await rename(from, to);
      for (const folder of new Set(targets.map(({ to }) => dirname(to)))) await syncFolder(folder);
    } catch (error) {
      throw fromSystemError(error, `cannot write to ${this.dir}`);
    }
  }

  async close(): Promise<void> {
    for (const handle of this.#staged.values()) await handle.close();
    await rm(this.staging, { recursive: true, force: true });
  }

  /** A directory that is itself called `shares` is taken for the server's own. */
  #target(storageIndex: string, share: number): string {
    if (!this.server) return join(this.dir, String(share));
    const path = serverPath(decodeBase32(storageIndex)!, share);
    return join(basename(resolve(this.dir)) === 'shares' ? dirname(resolve(this.dir)) : this.dir, path);
  }
}

/** The same share again is no harm; another's would be lost. */
async function refuseOther(path: string, mine: ByteSource): Promise<void> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!handle) return;
  try {
    const stat = await handle.stat();
    if (stat.isFile() && (await same(mine, new FileSource(handle, stat.size)))) return;
  } finally {
    await handle.close();
  }
  throw new Failure('failure', `${path} is there already, and is another file's`, 'give each file a directory of its own');
}

async function same(a: ByteSource, b: ByteSource): Promise<boolean> {
  if (a.size !== b.size) return false;
  for (let at = 0; at < a.size; at += COMPARED_BYTES) {
    const length = Math.min(COMPARED_BYTES, a.size - at);
    if (!equal(await a.read(at, length), await b.read(at, length))) return false;
  }
  return true;
}
