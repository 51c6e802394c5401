import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { decodeBase32 } from '../codec/base32.js';
import { CONTAINER_HEADER_BYTES, containerShare, packContainerHeader, serverPath } from '../codec/container.js';
import type { ByteSource } from '../codec/source.js';
import { writeAll } from '../store/files.js';
import { FileSource } from '../store/source.js';
import { equal } from '../util/bytes.js';
import { Failure, fromSystemError } from '../util/errors.js';
import type { Output } from '../workers/encode.js';
import { makeStaging, place } from './staging.js';
import type { Temporary } from './temporary.js';

const COMPARED_BYTES = 1 << 20;

/**
 * Shares on their way into a directory. They appear there under their names only once all are whole
 * and on disk; another file's shares are never overwritten.
 */
export class ShareWriter {
  readonly #staged = new Map<number, FileHandle>();

  private constructor(
    private readonly dir: string,
    private readonly staging: Temporary,
    private readonly server: boolean,
  ) {}

  /** server: as a storage server keeps them, each in a container, under `shares/`. */
  static async open(dir: string, server: boolean): Promise<ShareWriter> {
    try {
      return new ShareWriter(dir, await makeStaging(dir), server);
    } catch (error) {
      throw fromSystemError(error, `cannot write to ${dir}`);
    }
  }

  /** Where a share is to be written. */
  async output(share: number): Promise<Output> {
    const handle = await open(join(this.staging.path, String(share)), 'wx+', 0o666);
    this.#staged.set(share, handle);
    return { fd: handle.fd, start: this.server ? CONTAINER_HEADER_BYTES : 0 };
  }

  /** Gives the shares their names. The sizes and the storage index are what encoding gave. */
  async publish(shareSize: number, storageIndex: string): Promise<void> {
    try {
      const moves: { from: string; to: string }[] = [];
      for (const [share, handle] of this.#staged) {
        if (this.server) await writeAll(handle, packContainerHeader(shareSize, 0), 0);
        await handle.sync();
        const to = targetPath(this.dir, storageIndex, share, this.server);
        const mine = new FileSource(handle, (await handle.stat()).size);
        if (!(await this.#isThere(to, mine))) moves.push({ from: join(this.staging.path, String(share)), to });
      }
      await place(moves);
    } catch (error) {
      throw fromSystemError(error, `cannot write to ${this.dir}`);
    }
  }

  async close(): Promise<void> {
    for (const handle of this.#staged.values()) await handle.close();
    await this.staging.remove();
  }

  /** Whether the same share is there already, leases apart. Throws where it is another's, which would be lost. */
  async #isThere(path: string, mine: ByteSource): Promise<boolean> {
    // A named pipe without a writer would be waited for.
    const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!handle) return false;
    try {
      const stat = await handle.stat();
      if (stat.isFile() && (await this.#same(mine, new FileSource(handle, stat.size)))) return true;
    } finally {
      await handle.close();
    }
    throw new Failure('failure', `${path} is another file's share`, 'give each file a directory of its own');
  }

  async #same(mine: ByteSource, other: ByteSource): Promise<boolean> {
    if (!this.server) return same(mine, other);
    const share = await containerShare(other).catch(() => undefined);
    return share !== undefined && same(await containerShare(mine), share);
  }
}

/** Where a share goes in a directory; one that is itself called `shares` is taken for the server's own. */
export function targetPath(dir: string, storageIndex: string, share: number, server: boolean): string {
  if (!server) return join(dir, String(share));
  const path = serverPath(decodeBase32(storageIndex)!, share);
  return join(basename(resolve(dir)) === 'shares' ? dirname(resolve(dir)) : dir, path);
}

async function same(a: ByteSource, b: ByteSource): Promise<boolean> {
  if (a.size !== b.size) return false;
  for (let at = 0; at < a.size; at += COMPARED_BYTES) {
    const length = Math.min(COMPARED_BYTES, a.size - at);
    if (!equal(await a.read(at, length), await b.read(at, length))) return false;
  }
  return true;
}
