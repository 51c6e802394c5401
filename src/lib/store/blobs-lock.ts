/**
 * One at a time for each name: what changes the names in a folder, and what counts them. Held for a
 * rename and a sync, never while bytes are copied or hashed.
 */
export class FolderLocks {
  private readonly tails = new Map<string, Promise<unknown>>();

  async hold<R>(name: string, work: () => Promise<R>): Promise<R> {
    const before = this.tails.get(name) ?? Promise.resolve();
    const run = before.then(work, work);
    const tail = run.then(
      () => {},
      () => {},
    );
    this.tails.set(name, tail);
    try {
      return await run;
    } finally {
      if (this.tails.get(name) === tail) this.tails.delete(name);
    }
  }
}

/** The folder that a blob lies in, and the name of its lock. */
export function folderOf(uuid: string): string {
  return uuid.slice(0, 2);
}
