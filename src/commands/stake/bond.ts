import { optionalOperand, passphraseFlags, spendingFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { Spending } from '../../lib/cli/spending.js';
import { formatTokens, parseTokens } from '../../lib/util/amounts.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class StakeBond extends Spending {
  static override summary = 'bond tokens, so that the node may lead blocks';
  static override exits: readonly FailureCode[] = [
    'not-found',
    'temporary',
    'unreachable',
    'passphrase',
    'funds',
    'over-limit',
  ];
  static override examples = [
    'holdfast stake bond 5000 --max-spend 5001 --request-id bond-1',
    'holdfast stake bond --again --yes',
  ];
  static override args = { amount: optionalOperand('how many tokens; a bond that is there grows by them') };
  static override flags = {
    again: Flags.boolean({ description: 'say that a bond that was absent is there again' }),
    ...spendingFlags,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StakeBond);
    const asked = {
      maxSpend: flags['max-spend'],
      requestId: flags['request-id'],
      dryRun: flags['dry-run'],
    };
    if (flags.again) {
      if (args.amount !== undefined) throw new Failure('usage', 'an amount and --again exclude each other');
      await this.consent(flags, () => 'Pay a fee to have the bond drawn again?');
      const record = await this.call('stake.rebond', asked, flags);
      return this.emit(record, record.txid);
    }
    const amount = amountOf(args.amount);
    await this.consent(flags, () => `Bond ${formatTokens(amount)} tokens, and pay a fee?`);
    const record = await this.call('stake.bond', { amount, ...asked }, flags);
    this.emit(record, record.txid);
  }
}

function amountOf(text: string | undefined): bigint {
  if (text === undefined) throw new Failure('usage', 'say how many tokens to bond, or --again');
  const amount = parseTokens(text);
  if (amount === 0n) throw new Failure('usage', `not an amount to bond: ${text}`);
  return amount;
}
