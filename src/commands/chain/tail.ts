import { Base } from '../../lib/cli/base.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import type { BlockRecord, ReorgRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

type Row = BlockRecord | ReorgRecord;
const block = (row: Row) => (row.type === 'block' ? row : undefined);

const COLUMNS: Column<Row>[] = [
  { head: 'TYPE', cell: (row) => row.type },
  { head: 'HEIGHT', cell: (row) => (row.type === 'block' ? row.height : row.fork_height), align: 'right' },
  { head: 'ID', cell: (row) => (row.type === 'block' ? row.id : row.to) },
  { head: 'TIME', cell: (row) => block(row)?.time },
  { head: 'TXS', cell: (row) => block(row)?.txs, align: 'right' },
  { head: 'BYTES', cell: (row) => block(row)?.bytes, align: 'right' },
  { head: 'PRODUCER', cell: (row) => block(row)?.producer },
];

export default class ChainTail extends Base {
  static override summary = 'list the latest blocks, and follow the chain';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = [
    'holdfast chain tail -n 20',
    'holdfast chain tail --follow --json | jq -c --unbuffered \'select(.type=="reorg")\' | logger -t holdfast',
  ];
  static override flags = {
    count: Flags.integer({
      char: 'n',
      description: 'begin with so many; 10 by default',
      default: 10,
      min: 0,
      max: 10_000,
    }),
    follow: Flags.boolean({ char: 'f', description: 'go on with each block, and each reorganisation, as it comes' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ChainTail);
    const { count, follow } = flags;
    const records = this.node.records('chain.tail', { count, follow });
    await this.list(records, { columns: COLUMNS, id: (row) => (row.type === 'block' ? row.id : row.to), follow });
  }
}
