import { Base } from '../lib/cli/base.js';
import { checkClockKept } from '../lib/cli/doctor-clock.js';
import { checkHome, checkPassphraseFile, checkSettings } from '../lib/cli/doctor-files.js';
import { checkNode } from '../lib/cli/doctor-node.js';
import { Flags } from '../lib/cli/oclif.js';
import type { Column } from '../lib/cli/output.js';
import { checkPolicy } from '../lib/cli/policy.js';
import type { FindingRecord } from '../lib/cli/records.js';
import { units } from '../lib/cli/units.js';
import type { FailureCode } from '../lib/util/errors.js';

const COLUMNS: Column<FindingRecord>[] = [
  { head: 'LEVEL', cell: (row) => row.level },
  { head: 'CHECK', cell: (row) => row.check },
  { head: 'FINDING', cell: (row) => row.message },
  { head: 'WHAT TO DO', cell: (row) => row.hint },
];

export default class Doctor extends Base {
  static override summary = 'look for what is wrong here, and say what to do about it';
  static override exits: readonly FailureCode[] = [];
  static override examples = [
    'holdfast doctor',
    'holdfast doctor --json | jq -r \'select(.level!="ok").message\'',
    'holdfast doctor --print-units',
  ];

  static override flags = {
    'print-units': Flags.boolean({ description: 'print systemd units and a crontab for this machine instead' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    if (flags['print-units']) return this.printUnits();
    const findings = [
      ...checkSettings(this.settings, this.paths.config),
      ...checkPolicy(this.paths.policy),
      ...checkHome(this.paths),
      ...checkPassphraseFile(this.settings),
      ...(await checkClockKept()),
      ...(await checkNode(this.node)),
    ];
    await this.list(findings, { columns: COLUMNS, id: (row) => row.check });
    if (findings.some(({ level }) => level === 'error')) this.verdict('failure');
  }

  /** As `systemctl cat` does: each under a line that says where it goes. */
  private printUnits(): void {
    for (const unit of units(this.common.home && this.paths.data)) {
      if (this.common.json) this.emit(unit);
      else if (this.common.quiet) this.emit(unit, unit.name);
      else process.stdout.write(`# ${unit.path}\n${unit.text}\n`);
    }
  }
}
