import { passphraseFlags, payment, spendingFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { jsonLine } from '../../lib/cli/output.js';
import { Spending } from '../../lib/cli/spending.js';
import { formatTokens } from '../../lib/util/amounts.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class WalletSend extends Spending {
  static override summary = 'send tokens to an address';
  static override exits: readonly FailureCode[] = [
    'not-found',
    'temporary',
    'unreachable',
    'passphrase',
    'funds',
    'over-limit',
  ];
  static override examples = [
    'holdfast wallet send --to "$addr" --amount 5 --max-spend 5.01 --request-id rent-2026-11',
    'holdfast wallet send --to "$addr" --amount 5 --draft > tx.draft',
  ];
  static override flags = {
    to: Flags.string({ description: 'the address that gets them', required: true, helpValue: 'ADDRESS' }),
    amount: payment({ description: 'how many', required: true }),
    memo: Flags.string({ description: 'up to 64 bytes for everybody to read', helpValue: 'TEXT' }),
    draft: Flags.boolean({
      description: 'send nothing: print a draft for holdfast wallet sign',
      exclusive: ['dry-run', 'request-id'],
    }),
    from: Flags.string({
      description: 'with --draft, the account that pays; the main one by default',
      helpValue: 'ADDRESS',
      dependsOn: ['draft'],
    }),
    ...spendingFlags,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(WalletSend);
    const { to, amount, memo } = flags;
    if (flags.draft) {
      const request = { to, amount, memo, from: flags.from, maxSpend: flags['max-spend'] };
      const draft = await this.call('wallet.draft', request, flags);
      // A draft is data in either form: what signs it reads this very line.
      process.stdout.write(jsonLine(draft));
      return;
    }
    await this.consent(flags, () => `Send ${formatTokens(amount)} tokens and a fee to ${to}?`);
    const params = {
      to,
      amount,
      memo,
      maxSpend: flags['max-spend'],
      requestId: flags['request-id'],
      dryRun: flags['dry-run'],
    };
    for await (const record of this.records('wallet.send', params, flags)) this.emit(record, record.txid);
  }
}
