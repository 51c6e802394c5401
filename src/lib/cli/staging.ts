import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone, ownTag } from '../store/tenure.js';

const PREFIX = '.holdfast-';

/**
 * A folder of this process's own inside `dir`, for what is to get its name there by a rename. What killed
 * processes left of theirs is removed on the way.
 */
export async function makeStaging(dir: string): Promise<string> {
  await mkdir(dir, { recursive: true });
  for (const name of await readdir(dir)) {
    const [tag] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('.') : [];
    if (tag !== undefined && isGone(tag)) await rm(join(dir, name), { recursive: true, force: true });
  }
  const staging = join(dir, `${PREFIX}${ownTag()}.${randomBytes(4).toString('hex')}`);
  await mkdir(staging, { mode: 0o700 });
  return staging;
}
