import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { syncFolder } from './files.js';

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
