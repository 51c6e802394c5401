import { EXIT_STATUS, Failure, type FailureCode } from '../util/errors.js';
import { report, tell } from './report.js';

export interface BatchOptions<T> {
  argv?: readonly string[];
  /** How an item is called in its error. */
  name?: (item: T) => string;
  /** Failures after which no other item is tried. */
  hopeless?: readonly FailureCode[];
}

/** After these the next item would only fail in the same way. */
const HOPELESS: readonly FailureCode[] = ['unreachable', 'locked', 'passphrase', 'funds', 'disk-full', 'over-limit'];

/**
 * Runs `act` on each item in turn. A failed item is told, the others still happen; the status is
 * then 3, or, where every item failed alike, their own. A single item fails as itself.
 */
export async function runBatch<T>(
  items: AsyncIterable<T>,
  act: (item: T) => Promise<void>,
  { argv = [], name = String, hopeless = HOPELESS }: BatchOptions<T> = {},
): Promise<void> {
  const codes: FailureCode[] = [];
  // Told when the next item comes, or not at all: alone, it is the command's own error.
  let held: { item: T; error: unknown } | undefined;
  let total = 0;
  for await (const item of items) {
    if (held) report(named(held.error, name(held.item)), argv);
    held = undefined;
    total++;
    try {
      await act(item);
    } catch (error) {
      const { code } = tell(error);
      if (hopeless.includes(code)) throw error;
      codes.push(code);
      held = { item, error };
    }
  }
  if (held && total === 1) throw held.error;
  if (held) report(named(held.error, name(held.item)), argv);
  if (codes.length > 0) process.exitCode = Math.max(Number(process.exitCode ?? 0), statusOf(codes, total));
}

function statusOf(codes: readonly FailureCode[], total: number): number {
  const alike = codes.length === total && new Set(codes).size === 1;
  return EXIT_STATUS[alike ? codes[0]! : 'partial'];
}

function named(error: unknown, item: string): Failure {
  const { code, message, hint } = tell(error);
  return new Failure(code, message.includes(item) ? message : `${item}: ${message}`, hint);
}
