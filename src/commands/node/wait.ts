import { setTimeout as sleep } from 'node:timers/promises';
import { Base } from '../../lib/cli/base.js';
import { duration } from '../../lib/cli/flags.js';
import type { NodeRecord } from '../../lib/rpc/records.js';
import { Failure, type FailureCode, isFailure } from '../../lib/util/errors.js';

const POLL_MS = 250;

export default class NodeWait extends Base {
  static override summary = 'wait until the local node is synced';
  static override exits: readonly FailureCode[] = ['temporary'];
  static override examples = ['holdfast node start --detach && holdfast node wait --timeout 60s'];
  static override flags = {
    timeout: duration({ description: 'give up after this long; 60s by default', default: 60 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(NodeWait);
    const late = sleep(flags.timeout * 1000, undefined, { ref: false });
    let last: NodeRecord | undefined;
    let waiting = true;
    const timedOut = late.then(() => {
      waiting = false;
    });
    const progress = await this.progress();
    while (waiting) {
      // A node that takes the call and never answers must not outlast the timeout.
      const now = await Promise.race([this.#status(), timedOut]);
      last = now ?? last;
      if (now?.synced) {
        progress.end();
        return this.emit(now);
      }
      if (now) progress.step(`height ${now.height}, peers ${now.peers}`);
      await Promise.race([sleep(POLL_MS), timedOut]);
    }
    progress.end();
    const state = last
      ? `the node is not synced, at height ${last.height} with ${last.peers} peers`
      : 'no node answers';
    throw new Failure('temporary', `${state}, after ${flags.timeout} s`, 'holdfast doctor looks for the cause');
  }

  /** undefined: there is none yet, as while it starts. */
  async #status(): Promise<NodeRecord | undefined> {
    try {
      return await this.node.call('node.status', {});
    } catch (error) {
      if (isFailure(error) && (error.code === 'unreachable' || error.code === 'temporary')) return undefined;
      throw error;
    }
  }
}
