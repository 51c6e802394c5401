import { join, resolve } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { detach, stopSignal, tellReady } from '../../lib/cli/daemon.js';
import { devnetDir } from '../../lib/cli/devnet-dir.js';
import { packageRoot } from '../../lib/cli/layout.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import type { MemberRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const COLUMNS: Column<MemberRecord>[] = [
  { head: 'NAME', cell: (row) => row.name },
  { head: 'ROLE', cell: (row) => row.role },
  { head: 'HOME', cell: (row) => row.home },
];

export default class DevnetStart extends Base {
  static override summary = 'run a whole network of real processes on this machine';
  static override exits: readonly FailureCode[] = ['disk-full'];
  static override flags = {
    stewards: Flags.integer({
      description: 'how many nodes keep blobs',
      helpValue: 'N',
      default: 14,
      min: 1,
      max: 100,
    }),
    dir: Flags.string({ description: 'keep the nodes here', helpValue: 'DIR' }),
    detach: Flags.boolean({ description: 'go to the background once all nodes serve' }),
    'repair-below': Flags.integer({
      description: "repair the owner's files with fewer live shares than this",
      helpValue: 'N',
      min: 1,
      max: 256,
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DevnetStart);
    const root = flags.dir === undefined ? devnetDir(this.paths) : resolve(flags.dir);
    if (flags.detach) {
      const pid = await detach(['devnet', 'start', ...this.argv], join(root, 'log', 'devnet.log'));
      this.note(`the devnet runs as process ${pid}`);
      return;
    }
    const stopping = stopSignal();
    const { runDevnet } = await import('../../lib/devnet/run.js');
    const options = {
      ...{ root, program: join(packageRoot, 'bin', 'run.js'), stewards: flags.stewards, ownControllers: 3 },
      ...{ repairBelow: flags['repair-below'], timeoutMs: 60_000, signal: stopping },
    };
    await runDevnet(options, (state) => {
      const { members, ...devnet } = state;
      this.emit({ type: 'devnet', dir: root, ...devnet });
      void this.list(members, { columns: COLUMNS, id: (row) => row.name });
      tellReady({});
    });
  }
}
