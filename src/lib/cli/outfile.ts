import { realpathSync, statSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncFolder, writeAll } from '../store/files.js';
import { fromSystemError } from '../util/errors.js';
import { takeTemporary } from './temporary.js';

/**
 * Writes what a command was told to write with `--out` or `--cap-file`: the whole of it, synced, or
 * nothing; what was there before stays until then. A device or a pipe is written straight.
 */
export async function writeOut(path: string, body: AsyncIterable<Uint8Array>, mode = 0o666): Promise<void> {
  const found = statSync(path, { throwIfNoEntry: false });
  const straight = found !== undefined && !found.isFile();
  // A symbolic link was made to be followed, not replaced.
  const target = found?.isFile() ? realpathSync(path) : resolve(path);
  const temporary = straight ? undefined : await takeTemporary(dirname(target));
  try {
    const handle = await open(temporary?.path ?? target, temporary ? 'wx' : 'w', mode);
    try {
      for await (const chunk of body) await writeAll(handle, chunk);
      if (temporary) await handle.sync();
    } finally {
      await handle.close();
    }
    if (!temporary) return;
    await rename(temporary.path, target);
    await syncFolder(dirname(target));
  } catch (error) {
    // The body's own errors say more than where they were to go.
    if ((error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw fromSystemError(error, `cannot write ${path}`);
  } finally {
    await temporary?.remove();
  }
}

export async function writeSecret(path: string, text: string): Promise<void> {
  await writeOut(path, one(Buffer.from(text)), 0o600);
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
