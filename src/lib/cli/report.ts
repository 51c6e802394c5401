import { EXIT_STATUS, type FailureCode, fromSystemError, isFailure } from '../util/errors.js';
import { isUsageError, unwrapFlag, usageMessage } from './usage.js';

export interface Told {
  code: FailureCode;
  message: string;
  hint: string | undefined;
}

/**
 * Says on stderr what went wrong, and returns the exit status. People get one line and a hint, a
 * program the same as one JSON object, last; `--json` changes neither the status nor the moment.
 */
export function report(error: unknown, argv: readonly string[]): number {
  const exit = exitStatusOf(error);
  if (exit !== undefined) return exit;
  const told = tell(error);
  const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
  if (own.includes('--json')) {
    process.stderr.write(`${JSON.stringify({ type: 'error', ...told, hint: told.hint ?? null })}\n`);
  } else {
    process.stderr.write(`holdfast: error: ${told.message}\n`);
    if (told.hint) process.stderr.write(`holdfast: hint: ${told.hint}\n`);
    if (isVerbose(own) && !isFailure(error)) process.stderr.write(`${(error as Error)?.stack ?? ''}\n`);
  }
  return EXIT_STATUS[told.code];
}

/** What an error is to an operator. Whatever is not a Failure is a bug, and still one line. */
export function tell(error: unknown): Told {
  if (isSystemError(error)) return tell(fromSystemError(error, `${error.syscall} ${error.path ?? ''}`.trim()));
  if (isFailure(error)) return { code: error.code, message: oneLine(unwrapFlag(error.message)), hint: error.hint };
  if (isUsageError(error)) return { code: 'usage', message: oneLine(usageMessage(error)), hint: 'see --help' };
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'failure',
    message: oneLine(message) || 'unknown error',
    hint: 'this is a bug in holdfast; -v shows where',
  };
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && typeof (error as NodeJS.ErrnoException).syscall === 'string';
}

/** oclif's ExitError, and a prompt that Ctrl-C ended. */
function exitStatusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.name === 'ExitPromptError') return 130;
  const { code, oclif } = error as Error & { code?: string; oclif?: { exit?: number } };
  return code === 'EEXIT' ? (oclif?.exit ?? 0) : undefined;
}

/** Nothing from outside may break a line, or move a terminal's cursor. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to remove
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim();
}

function isVerbose(argv: readonly string[]): boolean {
  return argv.some((arg) => arg === '--verbose' || /^-[a-z]*v[a-z]*$/.test(arg));
}
