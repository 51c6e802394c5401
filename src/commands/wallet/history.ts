import { Base } from '../../lib/cli/base.js';
import { amountCell, shortId } from '../../lib/cli/cells.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import { parseSince } from '../../lib/cli/since.js';
import type { HistoryRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const KINDS = [
  'mine',
  'transfer',
  'post',
  'sweep',
  'revoke',
  'return',
  'advert',
  'commit',
  'deposit',
  'bond',
  'unbond',
  'rebond',
  'slash',
];

const COLUMNS: Column<HistoryRecord>[] = [
  { head: 'TIME', cell: (row) => row.time },
  { head: 'KIND', cell: (row) => row.kind },
  {
    head: 'AMOUNT',
    cell: (row) => `${row.direction === 'in' ? '' : '-'}${amountCell(row.amount_grains)}`,
    align: 'right',
  },
  { head: 'HEIGHT', cell: (row) => row.height, align: 'right' },
  { head: 'TXID', cell: (row) => shortId(row.txid) },
  { head: 'SUBJECT', cell: (row) => shortId(row.subject) },
];

export default class WalletHistory extends Base {
  static override summary = 'list what came into the wallet and what left it';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = [
    'holdfast wallet history --since 30d',
    'holdfast wallet history --kind sweep --json | jq -r .amount | paste -sd+ - | bc',
  ];
  static override flags = {
    kind: Flags.string({ description: 'only this kind', options: KINDS, helpValue: 'KIND' }),
    since: Flags.string({ description: 'from this time on: 2026-10-01, or 30d', helpValue: 'TIME' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(WalletHistory);
    const sinceMs = flags.since === undefined ? undefined : parseSince(flags.since, Date.now());
    const records = this.node.records('wallet.history', { kind: flags.kind, sinceMs });
    await this.list(records, { columns: COLUMNS, id: (row) => row.txid ?? '' });
  }
}
