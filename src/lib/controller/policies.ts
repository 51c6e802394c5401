import type { Policies } from '../plan/policy.js';
import { readPolicyFile } from '../store/policy-file.js';
import { type Failure, isFailure } from '../util/errors.js';

/**
 * The policy file, read anew at each tick. At the start a bad file is the caller's error; later the last good one
 * holds, and each new fault is told once: a slip of the pen must not stop payments that are due.
 */
export class PolicyReader {
  private last: Policies;
  private fault: string | undefined;

  /** Throws a usage Failure. `onFault` hears of what is wrong later on. */
  constructor(
    private readonly path: string,
    private readonly onFault: (fault: Failure) => void,
  ) {
    this.last = readPolicyFile(path).policies;
  }

  current(): Policies {
    try {
      this.last = readPolicyFile(this.path).policies;
      this.fault = undefined;
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (error.message !== this.fault) this.onFault(error);
      this.fault = error.message;
    }
    return this.last;
  }
}
