import { Base } from '../lib/cli/base.js';
import { checkHome, checkSettings } from '../lib/cli/doctor-files.js';
import { checkNode } from '../lib/cli/doctor-node.js';
import type { Column } from '../lib/cli/output.js';
import { checkPolicy } from '../lib/cli/policy.js';
import type { FindingRecord } from '../lib/cli/records.js';
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
  static override examples = ['holdfast doctor', 'holdfast doctor --json | jq -r \'select(.level!="ok").message\''];

  async run(): Promise<void> {
    await this.parse(Doctor);
    const findings = [
      ...checkSettings(this.settings, this.paths.config),
      ...checkPolicy(this.paths.policy),
      ...checkHome(this.paths),
      ...(await checkNode(this.node)),
    ];
    await this.list(findings, { columns: COLUMNS, id: (row) => row.check });
    if (findings.some(({ level }) => level === 'error')) this.verdict('failure');
  }
}
