import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * Runs a program to its end and passes signals on. quiet: what it prints goes to stderr. channel: an
 * IPC channel that closes when this process dies, however it dies, so that the child can end too; the
 * last message the child sent over it is part of the ending.
 */
export function run(command, args, { cwd, env = {}, quiet = false, channel = false } = {}) {
  return new Promise((resolve) => {
    const stdio = ['inherit', quiet ? 2 : 'inherit', 'inherit'];
    if (channel) stdio.push('ipc');
    const child = spawn(command, args, { cwd, stdio, env: { ...process.env, ...env } });
    const pass = (signal) => child.kill(signal);
    for (const signal of PASSED_ON) process.on(signal, pass);
    const watch = watchParent(() => pass('SIGTERM'));
    let message;
    child.on('message', (sent) => {
      message = sent;
    });
    const done = (ending) => {
      clearInterval(watch);
      for (const signal of PASSED_ON) process.off(signal, pass);
      resolve({ ...ending, message });
    };
    child.once('error', (error) => {
      console.error(`holdfast: error: cannot run ${command}: ${error.message}`);
      done({ code: 1, signal: null });
    });
    child.once('exit', (code, signal) => done({ code, signal }));
  });
}

/**
 * npm gives its scripts no channel. That it was killed shows in who our parent is, or our parent's:
 * between npm and this process there may stand a shell.
 */
function watchParent(gone) {
  if (!process.env.npm_lifecycle_event) return undefined;
  const before = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === before) return;
    clearInterval(timer);
    gone();
  }, 500);
  return timer.unref();
}

function ancestors() {
  try {
    // proc(5): the fourth field is the parent's parent; the second, in brackets, may hold blanks.
    const stat = readFileSync(`/proc/${process.ppid}/stat`, 'utf8');
    return `${process.ppid} ${stat.slice(stat.lastIndexOf(')')).split(' ')[2]}`;
  } catch {
    return String(process.ppid);
  }
}

/** Ends as the child did; a shell sees 128 + n for a signal. */
export function finish({ code, signal }) {
  process.exit(signal ? 128 + constants.signals[signal] : code);
}
