import { Failure } from '../util/errors.js';
import { confirm } from './prompt.js';
import { openTerminal } from './tty.js';

export interface ConsentFlags {
  'dry-run'?: boolean;
  yes?: boolean;
  'max-spend'?: bigint;
}

/**
 * Nobody's tokens are spent unasked: a script says `--yes` or a limit, a person is asked. Called
 * before anything is sent. `describe` says what would be spent, and runs only where someone is asked.
 */
export async function consent(flags: ConsentFlags, describe: () => Promise<string> | string): Promise<void> {
  if (flags['dry-run'] || flags.yes || flags['max-spend'] !== undefined) return;
  const terminal = openTerminal();
  if (!terminal) {
    throw new Failure('usage', 'this spends tokens, and nobody is here to be asked', 'add --max-spend TOKENS or --yes');
  }
  terminal.close();
  if (!(await confirm(await describe()))) throw new Failure('failure', 'not confirmed, nothing was spent');
}
