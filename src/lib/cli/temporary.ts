import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isGone, ownTag } from '../store/tenure.js';

const PREFIX = '.holdfast-';
/** What ends a command from outside, while it can still do something about it. */
const ENDING = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const ATTEMPTS = 20;
const PAUSE_MS = 20;

/** A place of this process's own, for what is to get its name by a rename. */
export interface Temporary {
  readonly path: string;
  /** Whatever lies there. */
  remove(): Promise<void>;
}

/** A thread of the pool may be making just now what lies here: gone is what stays away for a moment. */
function removeNow(path: string): void {
  const clock = new Int32Array(new SharedArrayBuffer(4));
  for (let left = ATTEMPTS; left > 0; left--) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It grew while it was emptied.
    }
    Atomics.wait(clock, 0, 0, PAUSE_MS);
    if (!existsSync(path)) return;
  }
}

/**
 * A place in `dir`, a folder that is there: nothing is made yet. A signal that ends the process removes what lies in
 * it first; what kill -9 left in such places is removed on the way, as far as this user may.
 */
export async function takeTemporary(dir: string): Promise<Temporary> {
  for (const name of await readdir(dir).catch(() => [])) {
    const [tag] = name.startsWith(PREFIX) ? name.slice(PREFIX.length).split('.') : [];
    if (tag !== undefined && isGone(tag)) await rm(join(dir, name), { recursive: true, force: true }).catch(() => {});
  }
  const path = join(dir, `${PREFIX}${ownTag()}.${randomBytes(4).toString('hex')}`);
  const onSignal = (signal: NodeJS.Signals) => {
    release();
    removeNow(path);
    // Nobody listens any more, and so it ends the process.
    process.kill(process.pid, signal);
  };
  const release = () => {
    for (const signal of ENDING) process.off(signal, onSignal);
  };
  for (const signal of ENDING) process.on(signal, onSignal);
  const remove = async () => {
    await rm(path, { recursive: true, force: true });
    release();
  };
  return { path, remove };
}
