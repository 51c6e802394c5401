import { existsSync } from 'node:fs';
import { Failure } from '../util/errors.js';
import { openInput } from './input.js';

/** Longer than any cap, its private seal included. */
const LINE_MAX = 8192;
/** What holdfast puts behind a cap whose blobs are sealed with a secret of their own. */
const SEAL_PART = '+seal:';

/** Anybody on the machine can read a command line. */
export function refuseCapOperand(word: string): void {
  if (!/^URI:/i.test(word) || existsSync(word)) return;
  throw new Failure('usage', 'a cap is a secret, and a command line is not', 'put it into a file, or on stdin with -');
}

/** The caps in files, or on stdin for `-`, one a line; `at` says where, since a cap is not to be repeated. */
export async function* capLines(operands: readonly string[] | undefined): AsyncGenerator<{ cap: string; at: string }> {
  const given = operands ?? [];
  if (given.length === 0) throw new Failure('usage', 'missing operand: CAPFILE', 'or - to read caps from stdin');
  if (given.filter((word) => word === '-').length > 1) throw new Failure('usage', 'stdin can be read only once');
  given.forEach(refuseCapOperand);
  for (const name of given) {
    let number = 0;
    for await (const line of linesOf(openInput(name))) {
      number++;
      if (line !== '') yield { cap: line, at: `${name === '-' ? 'stdin' : name}, line ${number}` };
    }
  }
}

/** The one cap in a file, or on stdin. */
export async function oneCap(operand: string): Promise<string> {
  const caps: string[] = [];
  for await (const { cap } of capLines([operand])) caps.push(cap);
  const where = operand === '-' ? 'stdin' : operand;
  if (caps.length === 0) throw new Failure('usage', `there is no cap on ${where}`, 'a cap looks like URI:CHK:…');
  if (caps.length > 1) throw new Failure('usage', `there is more than one cap on ${where}`, 'give one at a time');
  return caps[0]!;
}

/** Tahoe's part of a cap as holdfast prints it: enough for shares that are not sealed. */
export function tahoePart(text: string): string {
  return text.split(SEAL_PART, 1)[0]!;
}

async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of input) {
    const parts = (rest + chunk.toString('latin1')).split('\n');
    rest = parts.pop()!;
    if ([rest, ...parts].some((line) => line.length > LINE_MAX)) {
      throw new Failure('usage', 'a line is too long to be a cap');
    }
    for (const part of parts) yield part.trim();
  }
  if (rest.trim() !== '') yield rest.trim();
}
