import { spawn } from 'node:child_process';
import { constants } from 'node:os';

const PASSED_ON = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];

/**
 * Runs a program to its end and passes signals on. quiet: what it prints goes to stderr. channel: an
 * IPC channel that closes when this process dies, however it dies, so that the child can end too.
 */
export function run(command, args, { cwd, env = {}, quiet = false, channel = false } = {}) {
  return new Promise((resolve) => {
    const stdio = ['inherit', quiet ? 2 : 'inherit', 'inherit'];
    if (channel) stdio.push('ipc');
    const child = spawn(command, args, { cwd, stdio, env: { ...process.env, ...env } });
    const pass = (signal) => child.kill(signal);
    for (const signal of PASSED_ON) process.on(signal, pass);
    const done = (ending) => {
      for (const signal of PASSED_ON) process.off(signal, pass);
      resolve(ending);
    };
    child.once('error', (error) => {
      console.error(`holdfast: error: cannot run ${command}: ${error.message}`);
      done({ code: 1, signal: null });
    });
    child.once('exit', (code, signal) => done({ code, signal }));
  });
}

/** Ends as the child did; a shell sees 128 + n for a signal. */
export function finish({ code, signal }) {
  process.exit(signal ? 128 + constants.signals[signal] : code);
}
