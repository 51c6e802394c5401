import { Failure, type FailureCode, isFailure } from '../util/errors.js';

/** How a job ended, as it crosses from thread to thread: structured clones lose an error's class and its code. */
export type Outcome =
  | { value: unknown }
  | { failure: { code: FailureCode; message: string; hint: string | undefined } }
  | { error: unknown };

export function outcomeOf(error: unknown): Outcome {
  if (!isFailure(error)) return { error };
  const { code, message, hint } = error;
  return { failure: { code, message, hint } };
}

/** The job's value; throws what the job threw. */
export function settle(outcome: Outcome): unknown {
  if ('failure' in outcome) {
    const { code, message, hint } = outcome.failure;
    throw new Failure(code, message, hint);
  }
  if ('error' in outcome) throw outcome.error;
  return outcome.value;
}
