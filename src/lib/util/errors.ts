/**
 * The one table of failures: a code that programs test for, and the exit status the shell sees.
 * Every error that reaches an operator is a Failure; anything else is a bug and exits 1.
 */
export const EXIT_STATUS = {
  failure: 1,
  usage: 2,
  partial: 3,
  'not-found': 4,
  temporary: 5,
  unreachable: 10,
  locked: 11,
  passphrase: 12,
  funds: 13,
  'disk-full': 14,
  'over-limit': 15,
  degraded: 20,
  lost: 21,
} as const;

export type FailureCode = keyof typeof EXIT_STATUS;

/** One clear line (lower case, no full stop) and, where it helps, a second one that says what to do. */
export class Failure extends Error {
  readonly code: FailureCode;
  readonly hint: string | undefined;

  constructor(code: FailureCode, message: string, hint?: string) {
    super(message);
    this.name = 'Failure';
    this.code = code;
    this.hint = hint;
  }

  get exitStatus(): number {
    return EXIT_STATUS[this.code];
  }
}

export function isFailure(error: unknown): error is Failure {
  return error instanceof Failure;
}

/** A broken invariant: never the caller's input, always a bug here. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`invariant broken: ${message}`);
}

/** Node's own errors (ENOSPC, EACCES…) as the Failure an operator can act on. */
export function fromSystemError(error: unknown, doing: string): Failure {
  if (isFailure(error)) return error;
  const { code, message, syscall } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new Failure(
      'disk-full',
      `${doing}: no space left on the device`,
      'free some space, or run holdfast steward prune',
    );
  }
  if (code === 'ENOENT') return new Failure('not-found', `${doing}: no such file or directory`);
  if (code === 'EACCES' || code === 'EPERM') return new Failure('failure', `${doing}: permission denied`);
  // "ENOTDIR: not a directory, mkdir '/tmp/x'": what it was about is said already.
  const plain = syscall === undefined ? message : message.replace(/^E[A-Z0-9]+: /, '').replace(/, \w+(?: '.*')?$/s, '');
  return new Failure('failure', `${doing}: ${plain}`);
}
