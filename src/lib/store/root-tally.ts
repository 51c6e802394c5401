import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError } from '../util/errors.js';
import { type FolderLocks, folderOf } from './blobs-lock.js';
import { isAbsence } from './root-folder.js';
import { MARKER_NAME } from './root-marker.js';

const UUID = /^[0-9a-f]{64}$/;
const FOLDERS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
/** What else a root has, or a disk's top folder. */
const OWN = new Set([...FOLDERS, MARKER_NAME, `${MARKER_NAME}.new`, 'partial', 'corrupt', 'lost+found']);
/** Looked at side by side: Node's four threads also serve whoever is waiting. */
const STATS_AT_ONCE = 8;

/** How many blobs and bytes a root has: counted once, behind everything else, and kept up to date from then on. */
export class Tally {
  blobs = 0;
  bytes = 0;
  /** Files that are no blobs. They are left alone. */
  skipped = 0;
  corrupt = 0;
  complete = false;
  private readonly counted = new Set<string>();

  constructor(private readonly root: string) {}

  /** Counts folder by folder, each while nobody changes it. Throws where the root goes away, or the signal says so. */
  async count(locks: FolderLocks, signal: AbortSignal): Promise<void> {
    this.reset();
    for (const folder of FOLDERS) {
      signal.throwIfAborted();
      await locks.hold(folder, async () => {
        const { blobs, bytes, skipped } = await sumOf(join(this.root, folder));
        this.blobs += blobs;
        this.bytes += bytes;
        this.skipped += skipped;
        this.counted.add(folder);
      });
    }
    this.skipped += (await readdir(this.root)).filter((name) => !OWN.has(name)).length;
    this.corrupt = (await namesIn(join(this.root, 'corrupt'))).length;
    this.complete = true;
  }

  /** Called under the folder's lock, once the file is there. */
  add(uuid: string, size: number): void {
    if (!this.counted.has(folderOf(uuid))) return;
    this.blobs += 1;
    this.bytes += size;
  }

  /** Called under the folder's lock, once the file is gone. */
  drop(uuid: string, size: number): void {
    if (!this.counted.has(folderOf(uuid))) return;
    this.blobs -= 1;
    this.bytes -= size;
  }

  private reset(): void {
    this.blobs = 0;
    this.bytes = 0;
    this.skipped = 0;
    this.corrupt = 0;
    this.complete = false;
    this.counted.clear();
  }
}

async function sumOf(folder: string) {
  const sum = { blobs: 0, bytes: 0, skipped: 0 };
  const entries = await namesIn(folder);
  for (let at = 0; at < entries.length; at += STATS_AT_ONCE) {
    const some = entries.slice(at, at + STATS_AT_ONCE);
    const sizes = await Promise.all(some.map((entry) => (isBlob(entry, folder) ? sizeOf(folder, entry) : undefined)));
    for (const size of sizes) {
      if (size === undefined) sum.skipped += 1;
      else {
        sum.blobs += 1;
        sum.bytes += size;
      }
    }
  }
  return sum;
}

function isBlob(entry: Dirent, folder: string): boolean {
  return UUID.test(entry.name) && folder.endsWith(folderOf(entry.name));
}

async function sizeOf(folder: string, { name }: Dirent): Promise<number | undefined> {
  const found = await stat(join(folder, name)).catch(() => undefined);
  return found?.isFile() ? found.size : undefined;
}

async function namesIn(folder: string): Promise<Dirent[]> {
  return readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (isAbsence(error)) return [];
    throw fromSystemError(error, `reading ${folder}`);
  });
}

/**
 * The names that look like blobs in a root, a folder at a time and in order. A folder that cannot be read
 * keeps no other from being read; the first such error is thrown at the end.
 */
export async function* uuidsIn(root: string): AsyncGenerator<string> {
  let trouble: Error | undefined;
  for (const folder of FOLDERS) {
    const entries = await namesIn(join(root, folder)).catch((error: Error) => {
      trouble ??= error;
      return [];
    });
    for (const { name } of entries.filter((entry) => isBlob(entry, folder)).sort(byName)) yield name;
  }
  if (trouble) throw trouble;
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
