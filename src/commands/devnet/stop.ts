import { resolve } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { devnetDir } from '../../lib/cli/devnet-dir.js';
import { Flags } from '../../lib/cli/oclif.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

const PATIENCE_MS = 30_000;
const POLL_MS = 50;

export default class DevnetStop extends Base {
  static override summary = 'end every process of a devnet';
  static override exits: readonly FailureCode[] = ['not-found'];
  static override flags = { dir: Flags.string({ description: 'where its nodes are', helpValue: 'DIR' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(DevnetStop);
    const root = flags.dir === undefined ? devnetDir(this.paths) : resolve(flags.dir);
    const { isDevnetProcess, readState } = await import('../../lib/devnet/state.js');
    const { pid } = await readState(root);
    if (!(await isDevnetProcess(pid))) throw new Failure('not-found', `the devnet in ${root} does not run`);
    process.kill(pid, 'SIGTERM');
    const deadline = Date.now() + PATIENCE_MS;
    while (await isDevnetProcess(pid)) {
      if (Date.now() > deadline)
        throw new Failure('failure', `process ${pid} still runs`, 'a second SIGTERM forces it');
      await new Promise((wake) => setTimeout(wake, POLL_MS));
    }
  }
}
