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
