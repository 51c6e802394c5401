import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { projectRoot } from './root.js';

export interface Ran {
  status: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** HOLDFAST_HOME. */
  home?: string;
  input?: string | Uint8Array;
  /** Typed once stdout shows the text: a prompt that is not there yet may lose what is typed. */
  replies?: readonly { after: string; type: string }[];
  env?: Record<string, string>;
  cwd?: string;
  /** Cut off after this long. */
  ms?: number;
}

/** What is run: the bundle; or, with HOLDFAST_DIST, what tsc wrote there. */
export function holdfastCommand(): [string, string] {
  return [process.execPath, join(projectRoot(), 'bin', process.env.HOLDFAST_DIST ? 'dev.js' : 'run.js')];
}

/** An environment in which nothing of the machine's own shows through. */
export function cleanEnv({ home, env = {} }: RunOptions): NodeJS.ProcessEnv {
  const kept = Object.fromEntries(
    ['PATH', 'TMPDIR', 'HOLDFAST_DIST', 'HOLDFAST_ROOT'].flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
  return { ...kept, HOME: home ?? '/dev/null', ...(home ? { HOLDFAST_HOME: home } : {}), ...env };
}

export async function holdfast(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const [program, script] = holdfastCommand();
  return runProgram(program, [script, ...args], options);
}

/** `holdfast` inside a shell line: pipes, redirections, exit statuses. */
export async function shell(line: string, options: RunOptions = {}): Promise<Ran> {
  const defined = `holdfast() { '${holdfastCommand().join("' '")}' "$@"; }; ${line}`;
  return runProgram('/bin/bash', ['-c', defined], options);
}

/** On a pseudo-terminal, by script(1) of util-linux: stdin, stdout and stderr are all it. */
export async function onTerminal(line: string, options: RunOptions = {}): Promise<Ran> {
  const command = `'${holdfastCommand().join("' '")}' ${line}`;
  return runProgram('script', ['-qec', command, '/dev/null'], { ...options, env: { TERM: 'xterm', ...options.env } });
}

export function runProgram(program: string, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: cleanEnv(options),
      timeout: options.ms ?? 30_000,
      killSignal: 'SIGKILL',
    });
    const out = { stdout: '', stderr: '' };
    const replies = [...(options.replies ?? [])];
    let answered = 0;
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].setEncoding('utf8');
      child[name].on('data', (text: string) => {
        out[name] += text;
        const next = replies[0];
        if (name !== 'stdout' || !next || !out.stdout.includes(next.after, answered)) return;
        answered = out.stdout.length;
        child.stdin.write(next.type);
        replies.shift();
      });
    }
    child.once('error', reject);
    child.once('close', (status, signal) => resolve({ status, signal, ...out }));
    child.stdin.on('error', () => {});
    if (options.replies === undefined) child.stdin.end(options.input ?? '');
  });
}

export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
