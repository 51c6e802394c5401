import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./blobs-process.js', import.meta.url));

/** Runs it until some time after it opened its store, then SIGKILL. */
export async function killed(t: TestContext, args: string[], ms: number): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await Promise.race([once(child.stdout, 'data'), ended]);
  await sleep(ms);
  assert.equal(child.exitCode, null, 'it ended by itself');
  child.kill('SIGKILL');
  await ended;
}
