import { passphraseFlags } from '../../lib/cli/flags.js';
import { Spending } from '../../lib/cli/spending.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class WalletAddress extends Spending {
  static override summary = "print the wallet's address";
  static override exits: readonly FailureCode[] = ['not-found', 'unreachable', 'passphrase'];
  static override examples = ['addr=$(holdfast wallet address)'];
  static override flags = { ...passphraseFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(WalletAddress);
    const record = await this.call('wallet.address', {}, flags);
    this.emit(record, record.address);
  }
}
