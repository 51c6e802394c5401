import { Base } from '../../lib/cli/base.js';
import { Flags } from '../../lib/cli/oclif.js';
import { KEPT_COLUMNS, STEWARD_FIELDS } from '../../lib/cli/steward-columns.js';
import { stewardRecord } from '../../lib/cli/steward-policy.js';
import { readPolicyFile } from '../../lib/store/policy-file.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class StewardStatus extends Base {
  static override summary = 'show what this machine keeps for others, what it earned and what it is owed';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = [
    'holdfast steward status',
    'holdfast steward status --blobs --json | jq -r \'select(.state=="late").uuid\'',
  ];
  static override flags = {
    blobs: Flags.boolean({ description: 'each blob: what it earned, is owed, and how long it is kept' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StewardStatus);
    if (flags.blobs) {
      const records = this.node.records('steward.blobs', {});
      await this.list(records, { columns: KEPT_COLUMNS, id: (row) => row.uuid });
      return;
    }
    const { steward } = readPolicyFile(this.paths.policy).policies;
    this.show(stewardRecord(await this.node.call('steward.totals', {}), steward), STEWARD_FIELDS);
  }
}
