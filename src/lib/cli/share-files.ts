import { constants } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChkCap, storageIndexText, type VerifyCap } from '../codec/caps.js';
import { containerShare, SNIFF_BYTES, shareNumberOf, sniffFile } from '../codec/container.js';
import type { ByteSource } from '../codec/source.js';
import { FileSource } from '../store/source.js';
import { Failure, fromSystemError } from '../util/errors.js';

/** A file that may be a share: whether it is one of the file's, and good, only the cap can tell. */
export interface ShareFile {
  share: number;
  folder: string;
  path: string;
  /** The share itself, without the container around it. */
  source: ByteSource;
  /** The whole file, where it is a storage server's container. */
  container: FileSource | undefined;
  /** It may be good: this user may not read it. */
  denied: boolean;
}

export interface ShareFiles {
  /** By number; several of one number where it lies in several places, those of a server's tree first. */
  found: Map<number, ShareFile[]>;
  close(): Promise<void>;
}

/**
 * A file's shares in directories, each a storage server's tree, or one file's folder in it, or plain. What
 * has no number that the file has a share of is not looked at, nor what is no regular file.
 */
export async function openShares(dirs: readonly string[], cap: ChkCap | VerifyCap): Promise<ShareFiles> {
  const opened: FileSource[] = [];
  const found = new Map<number, ShareFile[]>();
  const close = async () => {
    for (const file of opened) await file.close();
  };
  try {
    for (const folder of await foldersOf(dirs, storageIndexText(cap))) {
      for (const { share, name } of numbered(await listed(folder), cap.total)) {
        const file = await openShare({ share, folder, path: join(folder, name) }, opened);
        if (file) found.set(share, [...(found.get(share) ?? []), file]);
      }
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { found, close };
}

/** Throws where a directory that was named is not there, or is none. */
async function foldersOf(dirs: readonly string[], storageIndex: string): Promise<string[]> {
  const inTree = join(storageIndex.slice(0, 2), storageIndex);
  for (const dir of dirs) await listed(dir, true);
  return dirs.flatMap((dir) => [join(dir, 'shares', inTree), join(dir, inTree), dir]);
}

function numbered(names: readonly string[], total: number): { share: number; name: string }[] {
  return names
    .flatMap((name) => {
      const share = shareNumberOf(name);
      return share === undefined || share >= total ? [] : [{ share, name }];
    })
    .sort((a, b) => a.share - b.share);
}

async function listed(folder: string, must = false): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!must && (code === 'ENOENT' || code === 'ENOTDIR')) return [];
    if (code === 'ENOTDIR') throw new Failure('usage', `${folder} is not a directory`);
    throw fromSystemError(error, `cannot read ${folder}`);
  }
}

/** undefined: not a share's file at all. One that cannot be read is a bad share, told when it is. */
async function openShare(
  where: Pick<ShareFile, 'share' | 'folder' | 'path'>,
  opened: FileSource[],
): Promise<ShareFile | undefined> {
  try {
    // A named pipe without a writer would be waited for.
    const handle = await open(where.path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await handle.stat();
    if (!stat.isFile()) return void (await handle.close());
    const file = new FileSource(handle, stat.size);
    opened.push(file);
    const kind = sniffFile(await file.read(0, Math.min(SNIFF_BYTES, file.size)));
    if (kind === 'mutable') return undefined;
    const share = kind === 'container' ? await containerShare(file).catch(() => undefined) : undefined;
    return { ...where, source: share ?? file, container: share && file, denied: false };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    if (['ENOENT', 'ENXIO', 'ELOOP'].includes(code)) return undefined;
    const read = () => Promise.reject(fromSystemError(error, 'its file'));
    const denied = code === 'EACCES' || code === 'EPERM';
    return { ...where, source: { size: Number.MAX_SAFE_INTEGER, read }, container: undefined, denied };
  }
}
