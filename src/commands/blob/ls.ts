import { Base } from '../../lib/cli/base.js';
import { BLOB_COLUMNS } from '../../lib/cli/blob-columns.js';
import { roleFlag } from '../../lib/cli/more-flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { FailureCode } from '../../lib/util/errors.js';

const STATES = ['local', 'advertised', 'live', 'mia', 'dropped', 'replaced', 'pruned', 'bare'];

export default class BlobLs extends Base {
  static override summary = 'list blobs: mine, and those kept here for others';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = ['holdfast blob ls --state mia --json', 'holdfast blob ls -q | holdfast blob check -'];
  static override flags = {
    state: Flags.string({ description: 'only those in this state', options: STATES, helpValue: 'STATE' }),
    ...roleFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(BlobLs);
    const records = this.node.records('blob.ls', { state: flags.state, role: flags.role });
    await this.list(records, { columns: BLOB_COLUMNS, id: (row) => row.uuid });
  }
}
