import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Machine, boot, pid namespace; pid, and when that process started: a pid alone is used again. */
const TAG = /^([0-9a-f]{8})-([0-9a-f]{8})-([0-9a-f]{8})-([1-9]\d{0,9})-(\d{1,20})$/;

/**
 * A part of a temporary name that says whose it is: so that what a killed process left can be told from
 * what a running one is at, in a folder that other machines and containers may share.
 */
export function ownTag(): string {
  return [machine(), boot(), namespace(), process.pid, statOf(process.pid)?.start ?? 0].join('-');
}

/** Whether whoever made the name is gone for certain. What is no tag, or another machine's, is left alone. */
export function isGone(tag: string): boolean {
  const match = TAG.exec(tag);
  if (match?.[1] !== machine() || statOf(process.pid) === undefined) return false;
  if (match[2] !== boot()) return true;
  return match[3] === namespace() && !runs(Number(match[4]), match[5]!);
}

function runs(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // Another user's process runs all the same.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const stat = statOf(pid);
  // A zombie has ended, and waits for its parent to hear of it. What cannot be seen (hidepid) may run.
  return stat === undefined || (stat.state !== 'Z' && stat.start === start);
}

/** proc_pid_stat(5); `start` counts clock ticks since boot. */
function statOf(pid: number): { state: string; start: string } | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The second field is a name in parentheses, and may hold anything.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.length < 20 ? undefined : { state: fields[0]!, start: fields[19]! };
}

function machine(): string {
  return short(`${hostname()} ${read('/etc/machine-id')}`);
}

function boot(): string {
  return short(read('/proc/sys/kernel/random/boot_id'));
}

function namespace(): string {
  try {
    return short(readlinkSync('/proc/self/ns/pid'));
  } catch {
    return short('');
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1').trim();
  } catch {
    return '';
  }
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
