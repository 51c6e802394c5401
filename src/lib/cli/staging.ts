import { mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { syncFolder } from '../store/files.js';
import { makeFolder } from '../store/folders.js';
import { type Temporary, takeTemporary } from './temporary.js';

/** A folder inside `dir`, for files that are to get their names there together; `dir` is made, too. */
export async function makeStaging(dir: string): Promise<Temporary> {
  await makeFolder(dir);
  const staging = await takeTemporary(dir);
  try {
    // Now: on a thread of the pool it could be made after a signal removed it.
    mkdirSync(staging.path, { mode: 0o700 });
  } catch (error) {
    await staging.remove();
    throw error;
  }
  return staging;
}

/** Gives synced files their names; what stood there before is replaced. On disk when it returns. */
export async function place(moves: readonly { from: string; to: string }[]): Promise<void> {
  const folders = new Set(moves.map(({ to }) => dirname(to)));
  for (const folder of folders) await makeFolder(folder);
  // At once: no signal is heard between two of them.
  for (const { from, to } of moves) renameSync(from, to);
  for (const folder of folders) await syncFolder(folder);
}
