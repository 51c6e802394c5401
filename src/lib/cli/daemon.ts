import { spawn } from 'node:child_process';
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname } from 'node:path';
import { EXIT_STATUS, Failure, type FailureCode, isFailure } from '../util/errors.js';
import { selfCommand } from './layout.js';

/** Where a detached process is told to write its log. */
export const LOG_FILE_VARIABLE = 'HOLDFAST_LOG_FILE';

/** Starts this very command again in the background, and returns once it serves. Gives its pid. */
export async function detach(argv: readonly string[], logFile: string): Promise<number> {
  mkdirSync(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, 'a', 0o600);
  const { size } = fstatSync(log);
  const [program, ...own] = selfCommand();
  const child = spawn(program, [...own, ...argv.filter((word) => word !== '--detach' && word !== '--json')], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
    env: { ...process.env, [LOG_FILE_VARIABLE]: logFile },
  });
  closeSync(log);
  await new Promise<void>((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (status) => reject(failureAtStart(status, readFileSync(logFile).subarray(size), logFile)));
  });
  child.removeAllListeners('exit');
  child.disconnect();
  child.unref();
  return child.pid ?? 0;
}

/** The detached process's own error, which it could tell its log alone. */
function failureAtStart(status: number | null, log: Uint8Array, logFile: string): Failure {
  const codes = Object.keys(EXIT_STATUS) as FailureCode[];
  const code = codes.find((name) => EXIT_STATUS[name] === status) ?? 'failure';
  const said = (kind: string) =>
    new RegExp(`^holdfast: ${kind}: (.*)$`, 'm').exec(Buffer.from(log).toString('utf8'))?.[1];
  const message = said('error') ?? `it ended at its start with status ${status}`;
  return new Failure(code, message, said('hint') ?? `its log is ${logFile}`);
}

/** To a parent that started this process and waits. */
export function tellReady(message: object): void {
  process.send?.({ type: 'ready', ...message });
}

const LOCK_POLL_MS = 100;

/** Tries again while another process holds the lock, until the time is over. */
export async function waitingForLock<R>(seconds: number, work: () => Promise<R>): Promise<R> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!isFailure(error) || error.code !== 'locked' || Date.now() >= deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
    }
  }
}

/** Aborts on SIGTERM or SIGINT; a second one ends the process at once. */
export function stopSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (stopping.signal.aborted) process.exit(1);
      stopping.abort(signal);
    });
  }
  return stopping.signal;
}

/** The exit status of what a signal ended before it was done: 128 + its number. */
export function statusOfSignal(stopped: AbortSignal): number {
  return 128 + (constants.signals[stopped.reason as NodeJS.Signals] ?? constants.signals.SIGTERM);
}
