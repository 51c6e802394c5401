import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fromSystemError } from '../util/errors.js';
import { ownFolder } from './root-folder.js';

export interface PartialFile {
  name: string;
  path: string;
  handle: FileHandle;
}

/** A root's folder for what is being written. */
export class PartialFolder {
  /** Those of this process. */
  private readonly names = new Set<string>();

  constructor(private readonly root: string) {}

  private get folder(): string {
    return join(this.root, 'partial');
  }

  get busy(): boolean {
    return this.names.size > 0;
  }

  has(name: string): boolean {
    return this.names.has(name);
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** What a kill, or the loss of the disk, left half-written goes. */
  async clear(): Promise<void> {
    try {
      await ownFolder(this.root, 'partial');
      for (const name of await readdir(this.folder)) {
        if (!this.names.has(name)) await rm(this.path(name), { force: true, recursive: true });
      }
    } catch (error) {
      throw fromSystemError(error, `emptying ${this.folder}`);
    }
  }

  /** Open for reading and writing. */
  async create(): Promise<PartialFile> {
    const name = randomUUID();
    this.names.add(name);
    try {
      return { name, path: this.path(name), handle: await open(this.path(name), 'wx+', 0o600) };
    } catch (error) {
      this.names.delete(name);
      throw error;
    }
  }

  /** Renamed: it is no file of this folder's any more. */
  forget(name: string): void {
    this.names.delete(name);
  }

  async drop(name: string): Promise<void> {
    await rm(this.path(name), { force: true });
    this.names.delete(name);
  }
}
