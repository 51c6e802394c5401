import { passphraseFlags, spendingFlags } from '../../lib/cli/flags.js';
import { Spending } from '../../lib/cli/spending.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class StakeUnbond extends Spending {
  static override summary = 'ask for the whole bond back';
  static override exits: readonly FailureCode[] = [
    'not-found',
    'temporary',
    'unreachable',
    'passphrase',
    'funds',
    'over-limit',
  ];
  static override examples = ['holdfast stake unbond --yes --request-id unbond-1'];
  static override flags = { ...spendingFlags, ...passphraseFlags };

  async run(): Promise<void> {
    const { flags } = await this.parse(StakeUnbond);
    await this.consent(flags, () => 'Pay a fee, and ask for the whole bond back?');
    const params = {
      maxSpend: flags['max-spend'],
      requestId: flags['request-id'],
      dryRun: flags['dry-run'],
    };
    const record = await this.call('stake.unbond', params, flags);
    this.emit(record, record.txid);
  }
}
