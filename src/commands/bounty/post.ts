import { days, passphraseFlags, payment, spendingFlags } from '../../lib/cli/flags.js';
import { parseId } from '../../lib/cli/ids.js';
import { Flags } from '../../lib/cli/oclif.js';
import { Spending } from '../../lib/cli/spending.js';
import { formatTokens } from '../../lib/util/amounts.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class BountyPost extends Spending {
  static override summary = 'post a bounty that only a holder of the blob can claim, and print its id';
  static override exits: readonly FailureCode[] = [
    'not-found',
    'temporary',
    'unreachable',
    'passphrase',
    'funds',
    'over-limit',
  ];
  static override examples = [
    'holdfast bounty post --blob "$uuid" --amount 0.01 --expires 3d --max-spend 0.02 --request-id "b-$uuid"',
  ];
  static override flags = {
    blob: Flags.string({ description: 'the blob to be proved', required: true, helpValue: 'UUID' }),
    amount: payment({ description: 'what a proof is worth', required: true }),
    expires: days({ description: 'it cannot be taken back before; the shortest there is by default' }),
    payee: Flags.string({ description: 'pay this address alone', helpValue: 'ADDRESS' }),
    ...spendingFlags,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(BountyPost);
    const { amount, payee } = flags;
    const blob = parseId(flags.blob, 'UUID');
    await this.consent(
      flags,
      () => `Post a bounty of ${formatTokens(amount)} tokens, and pay its fee, for blob ${blob}?`,
    );
    const params = {
      ...{ blob, amount, payee },
      expiresDays: flags.expires,
      maxSpend: flags['max-spend'],
      requestId: flags['request-id'],
      dryRun: flags['dry-run'],
    };
    const record = await this.call('bounty.post', params, flags);
    this.emit(record, record.bounty);
  }
}
