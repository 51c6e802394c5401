import { Base } from '../../lib/cli/base.js';
import { amountCell } from '../../lib/cli/cells.js';
import type { Column } from '../../lib/cli/output.js';
import type { StakeRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const percent = (share: number) => `${Number((100 * share).toFixed(4))} %`;
const blocks = (count: number) => Number(count.toFixed(3));

const FIELDS: Column<StakeRecord>[] = [
  { head: 'account', cell: (row) => row.account },
  { head: 'state', cell: (row) => row.state },
  { head: 'bond', cell: (row) => amountCell(row.bond_grains) },
  { head: 'own_keys', cell: (row) => row.own_keys },
  { head: 'share', cell: (row) => percent(row.share) },
  { head: 'share_next', cell: (row) => percent(row.share_next) },
  { head: 'blocks_a_day', cell: (row) => blocks(row.blocks_a_day) },
  { head: 'missed_blocks', cell: (row) => blocks(row.missed_blocks) },
  { head: 'returns', cell: (row) => row.returns },
  { head: 'epoch', cell: (row) => row.epoch },
  { head: 'epoch_ends_slot', cell: (row) => row.epoch_ends_slot },
  { head: 'staking_since_epoch', cell: (row) => row.staking_since_epoch },
  { head: 'min_bond', cell: (row) => amountCell(row.min_bond_grains) },
  { head: 'bonded', cell: (row) => amountCell(row.bonded_grains) },
  { head: 'bonded_of_supply', cell: (row) => percent(row.bonded_percent / 100) },
  { head: 'bonds', cell: (row) => row.bonds },
  { head: 'bonds_waiting', cell: (row) => row.bonds_waiting },
];

export default class StakeStatus extends Base {
  static override summary = "show the wallet's bond, and how much is bonded in all";
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = [
    'holdfast stake status',
    "holdfast stake status --json | jq -r '.state, .bonded_percent'",
  ];

  async run(): Promise<void> {
    await this.parse(StakeStatus);
    const record = await this.node.call('stake.status', {});
    this.show(record, FIELDS, record.state);
  }
}
