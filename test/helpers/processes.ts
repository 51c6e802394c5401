import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { tempDir } from './temp.js';

/** Every process but this one that names a directory, on its command line or in its environment. */
export function processesOf(dir: string, except: readonly number[] = []): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => pid !== process.pid && !except.includes(pid) && names(pid, dir));
}

function names(pid: number, dir: string): boolean {
  try {
    // A zombie has neither.
    return ['cmdline', 'environ'].some((file) => readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(dir));
  } catch {
    return false;
  }
}

export interface Yard {
  dir: string;
  /** Processes of the directory that run now. */
  running(): number[];
  /** Waits until none is left; gives those that are, after so long. */
  quiet(ms: number): Promise<number[]>;
}

/**
 * A directory for daemons: at the test's end whatever still runs in it is killed, and the directory goes
 * away. Also where the test itself is killed: a process of its own stands by, at the other end of a channel.
 */
export async function yard(t: TestContext): Promise<Yard> {
  const dir = tempDir(t);
  const reaper = fork(fileURLToPath(new URL('./reaper.js', import.meta.url)), [dir], { stdio: 'ignore', execArgv: [] });
  await once(reaper, 'message');
  t.after(() => dismissed(reaper));
  const running = () => processesOf(dir, [reaper.pid!]);
  const quiet = async (ms: number) => {
    for (const deadline = Date.now() + ms; running().length > 0 && Date.now() < deadline; ) await sleep(50);
    return running();
  };
  return { dir, running, quiet };
}

async function dismissed(reaper: ChildProcess): Promise<void> {
  const gone = once(reaper, 'exit');
  reaper.disconnect();
  await gone;
}

/** The command lines of processes, for a message. */
export function described(pids: readonly number[]): string {
  return pids
    .map((pid) => {
      try {
        return `${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ')}`;
      } catch {
        return `${pid}`;
      }
    })
    .join('\n');
}
