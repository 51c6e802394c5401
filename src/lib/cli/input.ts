import { createReadStream } from 'node:fs';
import { Failure, fromSystemError } from '../util/errors.js';

/** A line that names something: a UUID, a cap, a path. */
const WORD_MAX = 8192;

export interface WordsFrom {
  /** `--files0-from`: a file of NUL-separated names, `-` for stdin. */
  files0?: string;
  /** `-z`: on stdin too names end in NUL. */
  nul?: boolean;
  /** What an operand is called in the error for none. */
  called?: string;
}

/**
 * The ids or names that operands stand for: themselves, or, for `-`, one a line from stdin. No
 * operand at all is a usage error, never a guess; an empty list is no work. Yields as they come, so
 * that a pipe of many needs no memory.
 */
export async function* operandWords(
  given: readonly string[] | undefined,
  from: WordsFrom = {},
): AsyncGenerator<string> {
  const operands = given ?? [];
  if (from.files0 !== undefined) {
    if (operands.length > 0) throw new Failure('usage', 'operands and --files0-from exclude each other');
    yield* wordsOf(openInput(from.files0), '\0');
    return;
  }
  if (operands.length === 0) {
    throw new Failure('usage', `missing operand: ${from.called ?? 'ID'}`, 'or - to read them from stdin');
  }
  if (operands.filter((word) => word === '-').length > 1) throw new Failure('usage', 'stdin can be read only once');
  for (const word of operands) {
    if (word === '-') yield* wordsOf(process.stdin, from.nul ? '\0' : '\n');
    else yield word;
  }
}

export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* wordsOf(input: AsyncIterable<Buffer>, separator: '\n' | '\0'): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of input) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(separator);
    rest = parts.pop()!;
    if (rest.length > WORD_MAX) throw new Failure('usage', 'a line on stdin is too long to be an id');
    for (const part of parts) yield* clean(part, separator);
  }
  yield* clean(rest + decoder.decode(), separator);
}

function* clean(text: string, separator: '\n' | '\0'): Generator<string> {
  // A NUL-separated name may begin or end in blanks; an id on a line may have come with a CR.
  const word = separator === '\0' ? text : text.trim();
  if (word.length > WORD_MAX) throw new Failure('usage', 'a line on stdin is too long to be an id');
  if (word !== '') yield word;
}

export interface NumberedLine {
  /** From 1. */
  number: number;
  /** Without blanks around it. */
  line: string;
}

/** The lines of a file, or of stdin for `-`, but for empty ones, as they come: content, so no line at all is refused. */
export async function* numberedLines(name: string, limit: number): AsyncGenerator<NumberedLine> {
  const shown = name === '-' ? 'stdin' : name;
  let number = 0;
  let some = false;
  for await (const text of rawLines(name, limit)) {
    number++;
    if (text.length > limit) throw new Failure('usage', `line ${number} of ${shown} is too long`);
    const line = text.trim();
    if (line === '') continue;
    some = true;
    yield { number, line };
  }
  if (!some) throw new Failure('usage', `${shown} is empty`);
}

/** Of a line that is longer than `limit` at least so much, and then no more. */
async function* rawLines(name: string, limit: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of openInput(name)) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop()!;
    yield* parts;
    if (rest.length > limit) break;
  }
  yield rest + decoder.decode();
}

/** Small content as a whole: a cap, a draft, a genesis file. Refuses more than `limit` bytes. */
export async function readText(name: string, limit = 1 << 20): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of openInput(name)) {
    size += chunk.length;
    if (size > limit) throw new Failure('usage', `${name === '-' ? 'stdin' : name} is longer than ${limit} bytes`);
    parts.push(chunk);
  }
  if (size === 0) throw new Failure('usage', `${name === '-' ? 'stdin' : name} is empty`);
  return Buffer.concat(parts).toString('utf8');
}

/** Bytes of a file or stdin, with errors that name it. */
export async function* openInput(name: string): AsyncGenerator<Buffer> {
  const stream = name === '-' ? process.stdin : createReadStream(name, { highWaterMark: 256 * 1024 });
  try {
    for await (const chunk of stream) yield chunk as Buffer;
  } catch (error) {
    throw fromSystemError(error, `cannot read ${name === '-' ? 'stdin' : name}`);
  }
}
