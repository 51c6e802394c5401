import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';

const LOG_BYTES_MAX = 1024 * 1024;

/**
 * LevelDB tells of each compaction in a file LOG, which it begins anew only when it is opened and nobody reads: under
 * load a node that is up for months would fill the disk with it. It is cut where it lies. LevelDB goes on writing at
 * its old place (util/env_posix.cc), behind a hole that takes no room.
 */
export async function trimLog(folder: string, most = LOG_BYTES_MAX): Promise<void> {
  const log = join(folder, 'LOG');
  const { blocks } = await stat(log);
  if (blocks * 512 > most) await truncate(log, 0);
}
