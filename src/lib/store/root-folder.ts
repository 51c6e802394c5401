import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './files.js';

/** Whether there is no such file. Any other error says that nobody knows: of a disk that fails, or without leave to look. */
export function isAbsence(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * A folder of a root's, made where it is not there; gives its path. Never the root itself: made anew it
 * would stand where a disk is to be mounted.
 */
export async function ownFolder(root: string, name: string): Promise<string> {
  const folder = join(root, name);
  try {
    await mkdir(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return folder;
    throw error;
  }
  await syncFolder(root);
  return folder;
}
