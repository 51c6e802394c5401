import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Cap, storageIndexText } from '../codec/caps.js';
import { containerShare, SNIFF_BYTES, sniffFile } from '../codec/container.js';
import type { ByteSource } from '../codec/source.js';
import { FileSource } from '../store/source.js';
import { Failure, fromSystemError } from '../util/errors.js';

export interface ShareFiles {
  shares: Map<number, ByteSource>;
  close(): Promise<void>;
}

const SHARE_NAME = /^(?:0|[1-9]\d{0,2})$/;

/**
 * A file's shares in a directory: those of a storage server's tree first, where it has the file, then
 * those that lie there as plain numbers. Whether they are the file's, and good, only the cap can tell.
 */
export async function openShares(dir: string, cap: Cap): Promise<ShareFiles> {
  const files: FileSource[] = [];
  const shares = new Map<number, ByteSource>();
  await listed(dir, true);
  for (const folder of cap.kind === 'lit' ? [] : foldersFor(dir, storageIndexText(cap))) {
    for (const name of (await listed(folder)).filter((entry) => SHARE_NAME.test(entry))) {
      if (shares.has(Number(name))) continue;
      const found = await openShare(join(folder, name), files);
      if (found) shares.set(Number(name), found);
    }
  }
  return {
    shares,
    close: async () => {
      for (const file of files) await file.close();
    },
  };
}

/** `dir` may be a server's storage directory, its `shares/`, one file's folder in it, or plain. */
function foldersFor(dir: string, storageIndex: string): string[] {
  const inTree = join(storageIndex.slice(0, 2), storageIndex);
  return [join(dir, 'shares', inTree), join(dir, inTree), dir];
}

async function listed(folder: string, must = false): Promise<string[]> {
  try {
    return (await readdir(folder)).sort((a, b) => Number(a) - Number(b));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!must && (code === 'ENOENT' || code === 'ENOTDIR')) return [];
    if (code === 'ENOTDIR') throw new Failure('usage', `${folder} is not a directory`);
    throw fromSystemError(error, `cannot read ${folder}`);
  }
}

/** undefined: not a share's file at all. One that cannot be read is a bad share, told when it is. */
async function openShare(path: string, files: FileSource[]): Promise<ByteSource | undefined> {
  let file: FileSource;
  try {
    const handle = await open(path, 'r');
    const stat = await handle.stat();
    if (!stat.isFile()) return void (await handle.close());
    file = new FileSource(handle, stat.size);
    files.push(file);
    const kind = sniffFile(await file.read(0, Math.min(SNIFF_BYTES, file.size)));
    if (kind === 'mutable') return undefined;
    return kind === 'container' ? await containerShare(file).catch(() => file) : file;
  } catch (error) {
    return {
      size: Number.MAX_SAFE_INTEGER,
      read: () => Promise.reject(fromSystemError(error, 'its file')),
    };
  }
}
