import type { FailureCode } from '../../src/lib/util/errors.js';

/** What the threads of these tests do. */
export type TestJob =
  | { do: 'fail'; code: FailureCode; message: string; hint: string | undefined }
  | { do: 'throw'; message: string }
  | { do: 'die' }
  /** Returns the thread's number and how many of these jobs ran at once, `running` being a shared counter of them. */
  | { do: 'wait'; running: SharedArrayBuffer; ms: number }
  /** Waits for the others of its gang, `members` in all; returns whether it was stopped. */
  | { do: 'meet'; counters: SharedArrayBuffer; members: number };
