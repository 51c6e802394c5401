import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';

const DATABASE = new URL('../../src/lib/store/database.js', import.meta.url).href;

export interface OtherProcess {
  /** The next line it prints. */
  line(): Promise<string>;
  /** SIGKILL; gives what it printed and nobody read. */
  kill(): Promise<string[]>;
}

/** Another process with the database of a folder open as `db`; it runs `body`, an async function's. */
export function otherProcess(t: TestContext, folder: string, body: string): OtherProcess {
  const script = `
    const { Database } = await import(${JSON.stringify(DATABASE)});
    const db = await Database.open(${JSON.stringify(folder)});
    ${body}`;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  const lines = createInterface({ input: child.stdout! });
  const reader = lines[Symbol.asyncIterator]();
  t.after(() => child.kill('SIGKILL'));
  return {
    line: async () => (await reader.next()).value as string,
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
      const rest: string[] = [];
      for (let next = await reader.next(); !next.done; next = await reader.next()) rest.push(next.value);
      return rest;
    },
  };
}
