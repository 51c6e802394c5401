import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const POLL_MS = 50;

/** The most memory that a process, all its threads together, ever had in RAM: bytes; 0 once it is gone. */
export function peakRss(pid) {
  try {
    const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/**
 * Runs a program to its end, measures it, and throws where it fails. `signal`, an AbortSignal, kills it.
 *
 * @param input an iterable of chunks for its stdin; without it, stdin is empty
 * @param output takes each chunk of its stdout
 */
export async function measured(command, args, { env, input = [], output, signal }) {
  const began = performance.now();
  const child = spawn(command, args, {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
    signal,
    killSignal: 'SIGKILL',
  });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, peakRss(child.pid));
  }, POLL_MS);
  const ended = new Promise((resolve, reject) => {
    // Killed by our signal, too, it is waited for: until it has ended it may write.
    child.once('error', (error) => error.name === 'AbortError' || reject(error));
    child.once('close', (code, killed) => {
      if (code === 0) resolve();
      else reject(signal.reason ?? new Error(`${args.slice(1, 3).join(' ')} ended with ${killed ?? `status ${code}`}`));
    });
  });
  // A child that ends early says why by its status: that its stdin broke is no news.
  const fed = pipeline(Readable.from(input), child.stdin).catch(() => {});
  child.stdout.on('data', output);
  try {
    await ended;
    await fed;
  } finally {
    clearInterval(timer);
  }
  return { seconds: (performance.now() - began) / 1e3, peak };
}
