import { Base } from '../../lib/cli/base.js';
import { amountCell } from '../../lib/cli/cells.js';
import { detailColumns } from '../../lib/cli/detail-columns.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import type { SupplyRecord } from '../../lib/rpc/records.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

function fieldsOf({ recount, type: _type, ...fields }: SupplyRecord): Column<SupplyRecord>[] {
  const counted = Object.entries(recount ?? {}).map(([name, value]) => [`counted_${name}`, value]);
  return [...detailColumns<SupplyRecord>(fields), ...detailColumns<SupplyRecord>(Object.fromEntries(counted))];
}

export default class ChainSupply extends Base {
  static override summary = 'show how many tokens there are, and check that all are accounted for';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = ['holdfast chain supply', 'holdfast chain supply --verify -q'];
  static override flags = {
    verify: Flags.boolean({ description: 'read the whole state and add it up; exit 1 where it is not the supply' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ChainSupply);
    const record = await this.node.call('chain.supply', { recount: flags.verify });
    this.show(record, fieldsOf(record), String(amountCell(record.supply_grains)));
    if (!record.recount) return;
    const { held_grains, adds_up, committed } = record.recount;
    const hint = 'the ledger in this directory is damaged: remove it, and the node fetches it again';
    if (!adds_up) {
      const [held, made] = [amountCell(held_grains), amountCell(record.supply_grains)];
      throw new Failure('failure', `the accounts do not add up: ${held} tokens are held, ${made} were made`, hint);
    }
    if (!committed) throw new Failure('failure', 'the entries are not those under the root in the block', hint);
  }
}
