import { Base } from '../../lib/cli/base.js';
import { BOUNTY_COLUMNS, BOUNTY_STATES } from '../../lib/cli/bounty-columns.js';
import { parseId } from '../../lib/cli/ids.js';
import { roleFlag } from '../../lib/cli/more-flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class BountyLs extends Base {
  static override summary = 'list bounties: posted from here, and claimable here';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = ['holdfast bounty ls --role owner --state expired -q | holdfast bounty revoke -'];
  static override flags = {
    state: Flags.string({ description: 'only those in this state', options: BOUNTY_STATES, helpValue: 'STATE' }),
    blob: Flags.string({ description: 'only those for this blob', helpValue: 'UUID' }),
    ...roleFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(BountyLs);
    const blob = flags.blob === undefined ? undefined : parseId(flags.blob, 'UUID');
    const records = this.node.records('bounty.ls', { state: flags.state, role: flags.role, blob });
    await this.list(records, { columns: BOUNTY_COLUMNS, id: (row) => row.bounty });
  }
}
