import { Base } from '../../lib/cli/base.js';
import { bytes, dryRunFlag } from '../../lib/cli/flags.js';
import { collect } from '../../lib/cli/input.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import { confirm } from '../../lib/cli/prompt.js';
import type { PruneRecord } from '../../lib/rpc/records.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

const COLUMNS: Column<PruneRecord>[] = [
  { head: 'UUID', cell: (row) => row.uuid },
  { head: 'BYTES', cell: (row) => row.bytes, align: 'right' },
  { head: 'REASON', cell: (row) => row.reason },
];

export default class StewardPrune extends Base {
  static override summary = 'delete blobs that are paid for no more, the oldest debt first';
  static override exits: readonly FailureCode[] = ['temporary', 'unreachable'];
  static override examples = [
    'holdfast steward prune --free 20GiB --yes --json >> prune.ndjson',
    "holdfast steward prune --free 20GiB -n --json | jq -s 'map(.bytes)|add'",
  ];
  static override flags = {
    free: bytes({ description: 'free this many bytes; all that may be pruned by default' }),
    yes: Flags.boolean({ description: 'delete without being asked' }),
    ...dryRunFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StewardPrune);
    const dryRun = flags['dry-run'];
    if (!dryRun && !flags.yes && !(await this.#ask(flags.free))) return;
    const records = this.node.records('steward.prune', { freeBytes: flags.free, dryRun });
    await this.list(records, { columns: COLUMNS, id: (row) => row.uuid });
  }

  /** false: there is nothing to prune. */
  async #ask(freeBytes: number | undefined): Promise<boolean> {
    const plan = await collect(this.node.records('steward.prune', { freeBytes, dryRun: true }));
    if (plan.length === 0) return false;
    const freed = plan.reduce((sum, { bytes }) => sum + bytes, 0);
    const answer = await confirm(`Delete ${plan.length} blobs, ${freed} bytes?`);
    if (answer === undefined) {
      throw new Failure(
        'usage',
        'this deletes blobs, and nobody is here to be asked',
        'add --yes, or look first with -n',
      );
    }
    if (!answer) throw new Failure('failure', 'not confirmed, nothing was deleted');
    return true;
  }
}
