import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { Failure } from '../util/errors.js';
import { openInput, operandWords } from './input.js';
import type { Progress } from './progress.js';

/** One thing to store. */
export interface Content {
  name: string | null;
  /** For an error. */
  called: string;
  body: AsyncIterable<Uint8Array>;
  /** A named file: where it is empty, that is what it is. From a pipe, emptiness is somebody's failure. */
  isFile: boolean;
}

export interface ContentFlags {
  'from-command'?: boolean;
  'files0-from'?: string;
  null?: boolean;
  name?: string;
}

/**
 * What operands stand for where they are contents: a file each, `-` stdin itself. With `-z`, `-` is a
 * list of names; with `--from-command`, what follows `--` is run, and its output is the content.
 */
export function contents(
  operands: readonly string[] | undefined,
  flags: ContentFlags,
  argv: readonly string[],
): AsyncGenerator<Content> {
  const given = operands ?? [];
  const files0 = flags['files0-from'];
  if (flags['from-command']) {
    const command = argv.includes('--') ? argv.slice(argv.indexOf('--') + 1) : [];
    if (command.length === 0 || command.length !== given.length) {
      throw new Failure('usage', 'the command to run stands after --', 'as in --from-command -- tar c /etc');
    }
    if (files0 !== undefined) throw new Failure('usage', 'a command and a list of names exclude each other');
    return commanded(command, flags.name ?? null);
  }
  const listed = files0 !== undefined || flags.null === true;
  if (flags.name !== undefined && (listed || given.length > 1)) {
    throw new Failure('usage', '--name is for a single file');
  }
  if (files0 === undefined && given.length === 0) {
    throw new Failure('usage', 'missing operand: FILE', 'or - to read stdin');
  }
  if (given.filter((word) => word === '-').length > 1) throw new Failure('usage', 'stdin can be read only once');
  if (listed) return named(operandWords(given, { files0, nul: flags.null }), {});
  return named(given, { stdin: '-', name: flags.name });
}

async function* commanded(command: readonly string[], name: string | null): AsyncGenerator<Content> {
  yield { name, called: command[0]!, body: outputOf(command), isFile: false };
}

async function* named(
  words: AsyncIterable<string> | readonly string[],
  { stdin, name }: { stdin?: string; name?: string },
): AsyncGenerator<Content> {
  for await (const word of words) {
    if (word === stdin) yield { name: name ?? null, called: 'stdin', body: openInput('-'), isFile: false };
    else yield { name: name ?? basename(word), called: word, body: openInput(word), isFile: true };
  }
}

/** What a command prints, and an error at its end where it failed: then nothing is stored. */
async function* outputOf(command: readonly string[]): AsyncGenerator<Uint8Array> {
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      resolve(error.code === 'ENOENT' ? 'there is no such command' : error.message),
    );
    child.once('close', (code, signal) =>
      resolve(code === 0 ? undefined : `it ended with status ${code ?? 128 + constants.signals[signal!]}`),
    );
  });
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    const trouble = await ended;
    if (trouble) throw new Failure('failure', `${program} failed: ${trouble}`, 'nothing was stored');
  } finally {
    child.kill('SIGTERM');
  }
}

/** The same bytes, counted for whoever watches. */
export async function* counted(
  body: AsyncIterable<Uint8Array>,
  progress: Progress,
  what: string,
  total?: number,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of body) {
    done += chunk.length;
    progress.step(what, done, total);
    yield chunk;
  }
}
