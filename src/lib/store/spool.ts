import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError } from '../util/errors.js';
import { writeAll } from './files.js';
import { makeFolder } from './folders.js';
import { FileSource } from './source.js';

/** open(2): a file without a name; asm-generic/fcntl.h, the same on x86, arm, riscv, ppc and s390. */
const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
/** How file systems and kernels without it answer (open(2), ERRORS and BUGS). */
const WITHOUT = new Set(['EOPNOTSUPP', 'EISDIR', 'EINVAL', 'ENOENT', 'ENOSYS']);

/**
 * Bytes that must be read more than once (convergence needs two passes), on disk in `dir` until they are
 * closed. They never have a name, so that nothing is left of them, not even after kill -9 or a full disk.
 *
 * @throws Failure('disk-full'), and whatever `body` throws
 */
export async function spool(dir: string, body: AsyncIterable<Uint8Array>): Promise<FileSource> {
  let handle: FileHandle | undefined;
  try {
    await makeFolder(dir, 0o700);
    handle = await openUnnamed(dir);
    let size = 0;
    for await (const chunk of body) {
      await writeAll(handle, chunk, size);
      size += chunk.length;
    }
    return new FileSource(handle, size);
  } catch (error) {
    await handle?.close();
    throw fromSystemError(error, 'cannot keep the input');
  }
}

/** Where the kernel has no such files: one that has its name for as long as it takes to remove it. */
async function openUnnamed(dir: string): Promise<FileHandle> {
  if (process.platform === 'linux') {
    try {
      // O_EXCL: nor can it be given a name later.
      return await open(dir, O_TMPFILE | constants.O_RDWR | constants.O_EXCL, 0o600);
    } catch (error) {
      if (!WITHOUT.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  const path = join(dir, `.spool-${randomBytes(8).toString('hex')}`);
  const handle = await open(path, 'wx+', 0o600);
  await rm(path);
  return handle;
}

/** The node's place for spools. What a kill leaves there, where names are needed, is removed at the next start. */
export class Spool {
  private constructor(private readonly folder: string) {}

  static async open(home: string): Promise<Spool> {
    const folder = join(home, 'spool');
    await makeFolder(folder, 0o700);
    for (const name of await readdir(folder)) await rm(join(folder, name), { force: true });
    return new Spool(folder);
  }

  take(body: AsyncIterable<Uint8Array>): Promise<FileSource> {
    return spool(this.folder, body);
  }
}
