import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncFolder } from '../store/files.js';
import { makeFolder } from '../store/folders.js';
import { isGone, ownTag } from '../store/tenure.js';

const PREFIX = '.holdfast-';

/**
 * A folder of this process's own inside `dir`, for what is to get its name there by a rename. What killed
 * processes left of theirs is removed on the way.
 */
export async function makeStaging(dir: string): Promise<string> {
  await makeFolder(dir);
  for (const name of await readdir(dir)) {
    const [tag] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('.') : [];
    if (tag !== undefined && isGone(tag)) await rm(join(dir, name), { recursive: true, force: true });
  }
  const staging = join(dir, `${PREFIX}${ownTag()}.${randomBytes(4).toString('hex')}`);
  await mkdir(staging, { mode: 0o700 });
  return staging;
}

/** Gives synced files their names; what stood there before is replaced. On disk when it returns. */
export async function place(moves: readonly { from: string; to: string }[]): Promise<void> {
  const folders = new Set(moves.map(({ to }) => dirname(to)));
  for (const folder of folders) await makeFolder(folder);
  for (const { from, to } of moves) await rename(from, to);
  for (const folder of folders) await syncFolder(folder);
}
