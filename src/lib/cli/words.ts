import { randomInt } from 'node:crypto';
import { Failure } from '../util/errors.js';
import { askSecret } from './prompt.js';

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
