import { Base } from '../../lib/cli/base.js';
import { controllerFlags } from '../../lib/cli/controller-flags.js';
import { waitingForLock } from '../../lib/cli/daemon.js';
import { dryRunFlag } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { ActRecord } from '../../lib/rpc/records.js';
import { parseDuration } from '../../lib/util/durations.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class ControllerTick extends Base {
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
    const settings = { home: this.paths.data, repairBelow: flags['repair-below'], maxSpend: flags['max-spend'] };
    const tick = (dryRun: boolean, onRecord: (record: ActRecord) => void) =>
      waitingForLock(parseDuration(this.settings.get('wait_lock', flags['wait-lock'])!), () =>
        tickOnce({ ...settings, dryRun }, onRecord),
      );
    const print = (record: ActRecord) => this.emit(record, this.common.quiet ? undefined : lineOf(record));
    if (flags['dry-run']) {
      await tick(true, print);
      return;
    }
    await this.consent(flags, async () => {
      const planned = await tick(true, () => {});
      return `perform ${planned.length} acts`;
    });
    const done = await tick(false, print);
    if (done.some(({ status }) => status === 'failed')) this.verdict('partial');
  }
}

function lineOf({ act, blob, subject, status }: ActRecord): string {
  return [act, blob ?? subject ?? '-', status].join('\t');
}
