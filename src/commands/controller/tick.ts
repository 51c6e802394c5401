import { amountCell } from '../../lib/cli/cells.js';
import { controllerFlags } from '../../lib/cli/controller-flags.js';
import { waitingForLock } from '../../lib/cli/daemon.js';
import { dryRunFlag } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import type { ActRecord } from '../../lib/rpc/records.js';
import { parseDuration } from '../../lib/util/durations.js';
import type { FailureCode } from '../../lib/util/errors.js';

const COLUMNS: Column<ActRecord>[] = [
  { head: 'ACT', cell: (row) => row.act },
  { head: 'SUBJECT', cell: (row) => row.blob ?? row.subject },
  { head: 'STATUS', cell: (row) => row.status },
  { head: 'AMOUNT', cell: (row) => amountCell(row.amount_grains), align: 'right' },
  { head: 'MESSAGE', cell: (row) => row.message },
];

export default class ControllerTick extends Many {
  static override summary = 'settle what is due now, once';
  static override exits: readonly FailureCode[] = ['unreachable', 'locked', 'passphrase', 'temporary', 'partial'];
  static override flags = {
    ...controllerFlags,
    ...dryRunFlag,
    yes: Flags.boolean({ description: 'spend without being asked' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ControllerTick);
    const { tickOnce } = await import('../../lib/controller/run.js');
    const { data: home, policy } = this.paths;
    const { 'repair-below': repairBelow, 'max-spend': maxSpend, barter } = flags;
    const settings = { home, policy, repairBelow, maxSpend, barter };
    const tick = (dryRun: boolean, onRecord: (record: ActRecord) => void) =>
      waitingForLock(parseDuration(this.settings.get('wait_lock', flags['wait-lock'])!), () =>
        tickOnce({ ...settings, dryRun, onWarning: ({ message }) => this.caution(message) }, onRecord),
      );
    if (!flags['dry-run']) {
      await this.consent(flags, async () => `Perform ${(await tick(true, () => {})).length} acts?`);
    }
    const rows = this.row({ columns: COLUMNS, id: (row: ActRecord) => row.request_id ?? '' });
    const silent = this.common.quiet && !this.common.json;
    const done = await tick(flags['dry-run'], (record) => void (silent || rows.add(record)));
    await rows.end();
    if (done.some(({ status }) => status === 'failed')) this.verdict('partial');
  }
}
