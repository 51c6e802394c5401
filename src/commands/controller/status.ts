import { Base } from '../../lib/cli/base.js';
import { CONTROLLER_FIELDS, RISK_COLUMNS } from '../../lib/cli/controller-columns.js';
import { controllerFlags } from '../../lib/cli/controller-flags.js';
import { days } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { aheadAsk, LOOK_DAYS, warningsOf } from '../../lib/controller/warnings.js';
import { readPolicyFile } from '../../lib/store/policy-file.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class ControllerStatus extends Base {
  static override summary = 'show what is due in the days to come, and what will run out';
  static override exits: readonly FailureCode[] = ['unreachable', 'passphrase', 'funds', 'over-limit'];
  static override examples = [
    'holdfast controller status',
    "holdfast controller status --days 90d --json | jq -r '.balance_ends'",
  ];
  static override flags = {
    days: days({ description: 'how far to look; 30d by default', default: LOOK_DAYS }),
    barter: controllerFlags.barter,
    blobs: Flags.boolean({ description: 'each blob that will be unpaid or unkept, and why' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ControllerStatus);
    const { owner } = readPolicyFile(this.paths.policy).policies;
    const ask = aheadAsk({ ...owner, barter: owner.barter || Boolean(flags.barter) }, flags.days);
    if (flags.blobs) {
      await this.list(this.node.records('owner.risks', ask), { columns: RISK_COLUMNS, id: (row) => row.uuid });
      return;
    }
    const record = await this.node.call('owner.ahead', ask);
    this.show(record, CONTROLLER_FIELDS);
    for (const { message } of warningsOf(record)) this.caution(message);
    if (record.balance_ends !== null) this.verdict('funds');
    if (record.limit !== null) this.verdict('over-limit');
  }
}
