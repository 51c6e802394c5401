import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { cleanEnv, holdfastCommand } from './cli.js';
import { projectRoot } from './root.js';

/**
 * A transcript is what a person typed in one shell, and saw:
 *
 *     # why
 *     $ command
 *     > that goes on
 *     a line of its output, stderr's too
 *     a pattern of one (re)
 *     [4]
 *
 * The output must be those lines; where the status is not 0 the last line names it. After cram
 * (bitheap.org/cram).
 */
export interface Step {
  line: number;
  command: string;
  output: string[];
  status: number;
}

export function parseTranscript(text: string): Step[] {
  const steps: Step[] = [];
  text.split('\n').forEach((line, index) => {
    const last = steps.at(-1);
    if (line === '' || line.startsWith('# ') || line === '#') return;
    if (line.startsWith('$ ')) steps.push({ line: index + 1, command: line.slice(2), output: [], status: 0 });
    else if (!last) throw new Error(`line ${index + 1} stands before the first command`);
    else if (line.startsWith('> ')) last.command += `\n${line.slice(2)}`;
    else if (/^\[\d+\]$/.test(line)) last.status = Number(line.slice(1, -1));
    else last.output.push(line);
  });
  return steps;
}

export function transcriptFile(name: string): string {
  return join(projectRoot(), 'test', 'cli', 'transcripts', name);
}

/** Commands come on descriptor 3, each ended by NUL; after each its status, between NULs. */
const LOOP = `while IFS= read -r -d '' -u 3 command; do
  eval "$command" </dev/null 2>&1 3<&-
  printf '\\0%d\\0' $?
done`;

export interface TranscriptOptions {
  dir: string;
  /** Cut off after this long. */
  ms: number;
  /** What starts the shell, such as unshare(1). */
  within?: readonly string[];
}

/** Runs a transcript in one bash, with `holdfast` on its path and $DIR its directory. */
export async function runTranscript(name: string, options: TranscriptOptions): Promise<void> {
  const file = transcriptFile(name);
  const bash = startBash(options);
  const began = Date.now();
  try {
    for (const step of parseTranscript(readFileSync(file, 'utf8'))) {
      const { text, status } = await bash.run(step.command);
      const seconds = ((Date.now() - began) / 1000).toFixed(1);
      if (process.env.HOLDFAST_TEST_VERBOSE) console.error(`${seconds} $ ${step.command}\n${text}[${status}]`);
      check(step, { text, status }, `${name}, line ${step.line}, after ${seconds} s`);
    }
  } finally {
    bash.end();
  }
}

function check({ command, output, status }: Step, seen: { text: string; status: number }, where: string): void {
  const lines = seen.text === '' ? [] : seen.text.replace(/\n$/, '').split('\n');
  const fits = lines.length === output.length && lines.every((line, i) => matches(line, output[i]!));
  if (fits && seen.status === status) return;
  const told = [
    `${where}: ${command}`,
    '--- expected',
    ...output,
    `[${status}]`,
    '--- seen',
    ...lines,
    `[${seen.status}]`,
  ];
  assert.fail(told.join('\n'));
}

function matches(line: string, expected: string): boolean {
  return expected.endsWith(' (re)') ? new RegExp(`^(?:${expected.slice(0, -5)})$`).test(line) : line === expected;
}

interface Bash {
  run(command: string): Promise<{ text: string; status: number }>;
  end(): void;
}

function startBash({ dir, ms, within = [] }: TranscriptOptions): Bash {
  const bin = join(dir, 'bin');
  mkdirSync(bin);
  // exec: so that $! of a background command is holdfast's own pid.
  const script = `#!/bin/sh\nexec '${holdfastCommand().join("' '")}' "$@"\n`;
  writeFileSync(join(bin, 'holdfast'), script, { mode: 0o755 });
  const env = cleanEnv({ env: { DIR: dir, PATH: `${bin}:${process.env.PATH}`, LC_ALL: 'C' } });
  const [program, ...args] = [...within, '/bin/bash', '-c', LOOP];
  const child = spawn(program!, args, { cwd: dir, env, stdio: ['ignore', 'pipe', 'inherit', 'pipe'] });
  const commands = child.stdio[3] as Writable;
  commands.on('error', () => {});
  const parts: AsyncIterator<string> = splitAtNul(child.stdout!);
  const late = setTimeout(() => child.kill('SIGKILL'), ms);
  const next = async () => {
    const { value, done } = await parts.next();
    if (done) throw new Error(child.killed ? `its time, ${ms} ms, ran out` : 'the shell ended');
    return value;
  };
  return {
    async run(command) {
      commands.write(`${command}\0`);
      return { text: await next(), status: Number(await next()) };
    },
    end() {
      clearTimeout(late);
      commands.end();
      child.kill('SIGKILL');
    },
  };
}

async function* splitAtNul(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = Buffer.alloc(0);
  for await (const chunk of stream) {
    rest = Buffer.concat([rest, chunk]);
    for (let at = rest.indexOf(0); at >= 0; at = rest.indexOf(0)) {
      yield rest.subarray(0, at).toString('utf8');
      rest = rest.subarray(at + 1);
    }
  }
}
