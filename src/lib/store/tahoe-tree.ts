import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { isStorageIndexName, shareNumberOf } from '../codec/container.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { isAbsence } from './root-folder.js';

/** What of a file's stat tells a change, without its being read. */
export interface Stamp {
  ino: bigint;
  size: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** When the inode was made; 0 where the file system does not say. */
  bornNs: bigint;
}

export interface ShareName {
  /** base32, 26 characters. */
  si: string;
  number: number;
}

export interface FoundShare extends ShareName {
  stamp: Stamp;
}

export interface FoundPrefix {
  shares: FoundShare[];
  /** Names that no server gives a share. */
  strays: number;
  /** Storage indexes whose folders could not be read: what they hold is as it was. `true`: all of them. */
  unread: Set<string> | true;
}

const LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
/** The folders of `shares/` that servers make: the first two characters of a storage index. */
export const PREFIXES: readonly string[] = [...LETTERS].flatMap((a) => [...LETTERS].map((b) => a + b)).sort();
const IS_PREFIX = new Set(PREFIXES);
/** Folders looked at side by side: libuv has four threads, and the node needs some of them. */
const SIDE_BY_SIDE = 4;

export function stampOf(stat: BigIntStats): Stamp {
  const { ino, size, mtimeNs, ctimeNs, birthtimeNs } = stat;
  // Where statx is not to be had, libuv gives the time of the last change for that of birth.
  return { ino, size, mtimeNs, ctimeNs, bornNs: birthtimeNs === ctimeNs ? 0n : birthtimeNs };
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.ino === b.ino && a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs;
}

/** Whether both are of one inode in one life of it: numbers are used again. */
export function sameInode(a: Stamp, b: Stamp): boolean {
  return a.ino === b.ino && (a.bornNs === b.bornNs || a.bornNs === 0n || b.bornNs === 0n);
}

export function sharePath(shares: string, { si, number }: ShareName): string {
  return join(shares, si.slice(0, 2), si, String(number));
}

/**
 * The `shares/` folder of a storage server, given that folder or the one it stands in. Symbolic links
 * in what the operator names are followed once, here; below it none is.
 *
 * @throws Failure('not-found') where nothing is, Failure('usage') where it is something else, and
 *   Failure('failure') where this process may not read it
 */
export async function findShares(dir: string): Promise<string> {
  const root = await realpath(dir).catch((error) => {
    throw fromSystemError(error, dir);
  });
  const inside = join(root, 'shares');
  const stat = await lstat(inside).catch(() => undefined);
  if (stat?.isSymbolicLink()) {
    throw new Failure('usage', `${inside} is a symbolic link`, 'attach the directory that it leads to');
  }
  if (stat?.isDirectory()) {
    await entriesOf(inside);
    return inside;
  }
  const entries = await entriesOf(root);
  const fits = (entry: Dirent) => entry.isDirectory() && IS_PREFIX.has(entry.name);
  if (basename(root) === 'shares' || entries.some(fits)) return root;
  const hint = 'name the directory in which a Tahoe storage server has its shares/, or that directory itself';
  throw new Failure('usage', `${dir} is no storage directory of a Tahoe server`, hint);
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error) => {
    if (isAbsence(error)) return [];
    throw fromSystemError(error, `reading ${folder}`);
  });
}

/** A folder's own life: another disk mounted in its place has another. Device numbers change with each boot. */
export interface Identity {
  ino: bigint;
  bornNs: bigint;
}

/** undefined: there is no folder now. A folder's inode is born once, whatever happens inside. */
export async function identityOf(shares: string): Promise<Identity | undefined> {
  const stat = await lstat(shares, { bigint: true }).catch(() => undefined);
  return stat?.isDirectory() ? { ino: stat.ino, bornNs: stampOf(stat).bornNs } : undefined;
}

export function sameIdentity(a: Identity, b: Identity): boolean {
  return a.ino === b.ino && (a.bornNs === b.bornNs || a.bornNs === 0n || b.bornNs === 0n);
}

/** Names in `shares/` itself that are no server's. `incoming/` holds what is being uploaded, and is passed over. */
export async function countStrays(shares: string): Promise<number> {
  const entries = await listed(shares);
  if (entries === 'gone' || entries === 'unread') return 0;
  return entries.filter((entry) => entry.name !== 'incoming' && !(IS_PREFIX.has(entry.name) && entry.isDirectory()))
    .length;
}

/** What one of PREFIXES holds, by stat alone: no file is opened. */
export async function readPrefix(shares: string, prefix: string): Promise<FoundPrefix> {
  const out: FoundPrefix = { shares: [], strays: 0, unread: new Set() };
  const folder = join(shares, prefix);
  const stat = await lstat(folder).catch((error) => error as NodeJS.ErrnoException);
  if (stat instanceof Error) return stat.code === 'ENOENT' ? out : { ...out, unread: true };
  // A link, or a file: counted by its parent.
  if (!stat.isDirectory()) return out;
  const entries = await listed(folder);
  if (entries === 'gone') return out;
  if (entries === 'unread') return { ...out, unread: true };
  const folders = entries.filter((entry) => isFolderOf(entry, prefix));
  out.strays += entries.length - folders.length;
  const queue = folders.map(({ name }) => name).values();
  const worker = async () => {
    for (const si of queue) await readFolder(join(folder, si), si, out);
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  return out;
}

function isFolderOf(entry: Dirent, prefix: string): boolean {
  return entry.isDirectory() && entry.name.startsWith(prefix) && isStorageIndexName(entry.name);
}

async function readFolder(folder: string, si: string, out: FoundPrefix): Promise<void> {
  const entries = await listed(folder);
  if (entries === 'gone') return;
  if (entries === 'unread') {
    (out.unread as Set<string>).add(si);
    return;
  }
  for (const entry of entries) {
    const number = shareNumberOf(entry.name);
    const stat = number === undefined ? undefined : await statOf(join(folder, entry.name));
    if (stat === 'unread') (out.unread as Set<string>).add(si);
    else if (stat === 'gone') continue;
    else if (number === undefined || !stat?.isFile()) out.strays++;
    else out.shares.push({ si, number, stamp: stampOf(stat) });
  }
}

async function statOf(path: string): Promise<BigIntStats | 'gone' | 'unread'> {
  return lstat(path, { bigint: true }).catch((error) => (isAbsence(error) ? 'gone' : 'unread'));
}

async function listed(folder: string): Promise<Dirent[] | 'gone' | 'unread'> {
  return readdir(folder, { withFileTypes: true }).catch((error) => (isAbsence(error) ? 'gone' : 'unread'));
}
