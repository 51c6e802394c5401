import { openTerminal, type Terminal } from './tty.js';

/** Asks on the terminal. undefined: there is none to ask. */
export async function confirm(message: string): Promise<boolean | undefined> {
  return ask(async (prompt) => {
    const { answer } = await prompt([{ type: 'confirm', name: 'answer', message, default: false }]);
    return answer === true;
  });
}

export async function askSecret(message: string): Promise<string | undefined> {
  return ask(async (prompt) => {
    const { answer } = await prompt([{ type: 'password', name: 'answer', message, mask: false }]);
    return String(answer);
  });
}

export interface Question {
  type: 'input' | 'confirm';
  name: string;
  message: string;
  default: string | boolean;
  /** true, or what is wrong with what was typed. */
  validate?: (text: string) => true | string;
}

/** One after the other; undefined: there is no terminal. */
export async function askAll(questions: readonly Question[]): Promise<Record<string, unknown> | undefined> {
  const answers: Record<string, unknown> = {};
  for (const question of questions) {
    // The terminal anew for each: inquirer ends the streams of a question that was answered.
    const answer = await ask((prompt) => prompt([question]));
    if (!answer) return undefined;
    Object.assign(answers, answer);
  }
  return answers;
}

type Prompt = (questions: object[]) => Promise<Record<string, unknown>>;

/** inquirer is loaded only here: it takes longer than most commands run. */
async function ask<T>(question: (prompt: Prompt) => Promise<T>): Promise<T | undefined> {
  const terminal: Terminal | undefined = openTerminal();
  if (!terminal) return undefined;
  try {
    const { default: inquirer } = await import('inquirer');
    const prompt = inquirer.createPromptModule({ input: terminal.input, output: terminal.output });
    return await question(prompt as unknown as Prompt);
  } finally {
    terminal.close();
  }
}
