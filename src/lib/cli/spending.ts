import type { Params } from '../rpc/client.js';
import type { MethodsOf } from '../rpc/methods.js';
import type { Results } from '../rpc/results.js';
import { Failure } from '../util/errors.js';
import { Many } from './many.js';
import type { PassphraseFlags } from './secrets.js';
import { unlocked, unlockedRecords, unlockFirst } from './unlock.js';

/** A command that needs the wallet's keys: a locked wallet is unlocked on the way. */
export abstract class Spending extends Many {
  protected async call<M extends MethodsOf<'plain'>>(
    method: M,
    params: Params<M>,
    flags: PassphraseFlags,
  ): Promise<Results[M]> {
    return unlocked(
      this.node,
      () => this.passphrase(flags),
      () => this.node.call(method, params),
    );
  }

  protected records<M extends MethodsOf<'records'>>(
    method: M,
    params: Params<M>,
    flags: PassphraseFlags,
  ): AsyncGenerator<Results[M]> {
    return unlockedRecords(
      this.node,
      () => this.passphrase(flags),
      () => this.node.records(method, params),
    );
  }

  protected async unlockFirst(flags: PassphraseFlags): Promise<void> {
    await unlockFirst(this.node, () => this.passphrase(flags));
  }
}

/** In a batch each operand is a request of its own: the batch may be another the next time. */
export function scoped(requestId: string | undefined, operand: string): string | undefined {
  return requestId === undefined ? undefined : `${requestId}/${operand}`;
}

/** A `--max-spend` that holds for a whole batch. undefined: there is no limit. */
export class Budget {
  #left: bigint | undefined;
  #unknown = false;

  constructor(limit: bigint | undefined) {
    this.#left = limit;
  }

  /** What the next act may cost. Throws where an earlier one did not say what it took: then nobody knows. */
  get left(): bigint | undefined {
    if (this.#unknown && this.#left !== undefined) {
      throw new Failure('over-limit', 'the node does not say what has been spent so far', 'do one at a time');
    }
    return this.#left;
  }

  take({ spent_grains, txid }: { spent_grains?: string | undefined; txid: string | null }): void {
    if (spent_grains === undefined) this.#unknown ||= txid !== null;
    else if (this.#left !== undefined) this.#left -= BigInt(spent_grains);
  }
}
