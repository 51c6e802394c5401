import { Base } from '../../lib/cli/base.js';
import { CONTRACT_COLUMNS, CONTRACT_STATES } from '../../lib/cli/contract-columns.js';
import { parseId } from '../../lib/cli/ids.js';
import { roleFlag } from '../../lib/cli/more-flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class ContractLs extends Base {
  static override summary = 'list contracts: those I pay under, and those I am paid under';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = ['holdfast contract ls --role owner --state live'];
  static override flags = {
    state: Flags.string({ description: 'only those in this state', options: CONTRACT_STATES, helpValue: 'STATE' }),
    blob: Flags.string({ description: 'only those for this blob', helpValue: 'UUID' }),
    ...roleFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ContractLs);
    const blob = flags.blob === undefined ? undefined : parseId(flags.blob, 'UUID');
    const records = this.node.records('contract.ls', { state: flags.state, role: flags.role, blob });
    await this.list(records, { columns: CONTRACT_COLUMNS, id: (row) => row.contract });
  }
}
