import { randomInt } from 'node:crypto';
import { Failure } from '../util/errors.js';
import { entropyFromWords } from '../wallet/mnemonic.js';
import { askSecret } from './prompt.js';
import { readSecret } from './secrets.js';

const ASKED = 3;
const TRIES = 3;

/** On the terminal's stderr, numbered, and nowhere else: never through a log, a pipe or `--json`. */
export function showWords(words: string): void {
  const lines = words.split(' ').map((word, at) => `${String(at + 1).padStart(2)}  ${word}`);
  process.stderr.write(`Write these words down. They are the wallet: whoever has them has it.\n\n`);
  process.stderr.write(`${lines.join('\n')}\n\n`);
}

/** Three of the words back, before the wallet is made. Throws where they are not known. */
export async function quizWords(words: string): Promise<void> {
  const list = words.split(' ');
  const left = list.map((_, at) => at);
  for (let asked = 0; asked < ASKED; asked++) {
    const [at] = left.splice(randomInt(left.length), 1);
    await askWord(at! + 1, list[at!]!);
  }
}

async function askWord(number: number, word: string): Promise<void> {
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const answer = await askSecret(`Word ${number}`);
    if (answer === undefined) throw new Failure('failure', 'no terminal to ask on', 'add --no-confirm');
    if (answer.trim().toLowerCase() === word) return;
  }
  throw new Failure(
    'failure',
    `word ${number} was not given, and no wallet was made`,
    'start again, with pen and paper',
  );
}

/** A wallet's words, from a descriptor, a file, or whoever sits at the terminal; checked. */
export async function readWords(from: { fd: number | undefined; file: string | undefined }): Promise<string> {
  const given = await readSecret(from.fd, from.file);
  const words = given ?? (await askSecret('The 24 words'));
  if (words === undefined) {
    throw new Failure('usage', 'no words, and no terminal to ask on', 'give them with --words-file');
  }
  entropyFromWords(words);
  return words;
}
