import { Base } from '../../lib/cli/base.js';
import { amountCell, checkpointCell, joiningCell } from '../../lib/cli/cells.js';
import type { Column } from '../../lib/cli/output.js';
import type { ChainRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const FIELDS: Column<ChainRecord>[] = [
  { head: 'height', cell: (row) => row.height },
  { head: 'slot', cell: (row) => row.slot },
  { head: 'tip', cell: (row) => row.tip },
  { head: 'state_root', cell: (row) => row.state_root },
  { head: 'mined', cell: (row) => amountCell(row.mined_grains) },
  { head: 'minted', cell: (row) => amountCell(row.minted_grains) },
  { head: 'burnt', cell: (row) => amountCell(row.burnt_grains) },
  { head: 'fee_pool', cell: (row) => amountCell(row.fee_pool_grains) },
  { head: 'base_fee', cell: (row) => amountCell(row.base_fee_grains) },
  { head: 'mempool', cell: (row) => row.mempool },
  { head: 'target', cell: (row) => row.target },
  { head: 'checkpoint', cell: (row) => checkpointCell(row.checkpoint) },
  { head: 'joining', cell: (row) => joiningCell(row.joining) },
  { head: 'body_limit', cell: (row) => row.body_limit },
  { head: 'next_rule', cell: ({ next_rule: next }) => next && `${next.rule} from ${next.height}` },
];

export default class ChainStatus extends Base {
  static override summary = 'show where the ledger stands';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = ['holdfast chain status', 'holdfast chain status -q'];

  async run(): Promise<void> {
    await this.parse(ChainStatus);
    const record = await this.node.call('chain.status', {});
    this.show(record, FIELDS, record.tip);
  }
}
