import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Base } from '../../lib/cli/base.js';
import { duration } from '../../lib/cli/flags.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

const POLL_MS = 50;

export default class NodeStop extends Base {
  static override summary = 'stop the local node, once what it is at has ended';
  static override exits: readonly FailureCode[] = ['temporary', 'unreachable'];
  static override examples = ['holdfast node stop'];
  static override flags = {
    timeout: duration({ description: 'give up waiting for its end after this long; 60s by default', default: 60 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(NodeStop);
    const { pid } = await this.node.call('node.status', {});
    await this.node.call('node.stop', {});
    const deadlineMs = performance.now() + flags.timeout * 1000;
    while (isRunning(pid)) {
      if (performance.now() > deadlineMs) {
        throw new Failure(
          'temporary',
          `process ${pid} still runs after ${flags.timeout} s`,
          'a second SIGTERM forces it',
        );
      }
      await sleep(POLL_MS);
    }
    this.note('stopped');
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it runs, as another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return !isZombie(pid);
}

/** Ended, and not yet missed by its parent: in a container that may be for ever. */
function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
}
