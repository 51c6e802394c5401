import { amountCell } from '../../lib/cli/cells.js';
import { passphraseFlags } from '../../lib/cli/flags.js';
import type { Column } from '../../lib/cli/output.js';
import { Spending } from '../../lib/cli/spending.js';
import type { BalanceRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const FIELDS: Column<BalanceRecord>[] = [
  { head: 'balance', cell: (row) => amountCell(row.balance_grains) },
  { head: 'unsettled', cell: (row) => amountCell(row.unsettled_grains) },
  { head: 'funding', cell: (row) => amountCell(row.funding_grains) },
  { head: 'accounts', cell: (row) => row.accounts },
];

export default class WalletBalance extends Spending {
  static override summary = 'show what the wallet holds, in tokens';
  static override exits: readonly FailureCode[] = ['not-found', 'unreachable', 'passphrase'];
  static override examples = ['holdfast wallet balance', 'holdfast wallet balance -q'];
  static override flags = { ...passphraseFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(WalletBalance);
    const record = await this.call('wallet.balance', {}, flags);
    this.show(record, FIELDS, String(amountCell(record.balance_grains)));
  }
}
