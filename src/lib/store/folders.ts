import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { syncFolder } from './files.js';

/**
 * A folder and those above it, on disk when it returns. Node's own `recursive` tries for ever where a
 * folder can be looked into and nothing be made in it, as in /proc.
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  const path = resolve(folder);
  if (await made(path, mode)) return;
  await makeFolder(dirname(path), mode);
  // It fails now for its own reason.
  if (!(await made(path, mode))) await mkdir(path, mode);
}

/** false: the folder above it is not there. */
async function made(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    // What stands there and is no folder is told by whoever uses it.
    if (code === 'EEXIST' || code === 'EISDIR') return true;
    throw error;
  }
  await syncFolder(dirname(path));
  return true;
}
