import { dryRunFlag, operands, passphraseFlags } from '../../lib/cli/flags.js';
import { requestIdFlag } from '../../lib/cli/more-flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { Spending, scoped } from '../../lib/cli/spending.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class BountyRevoke extends Spending {
  static override summary = 'take back bounties that expired unclaimed, and print their ids';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'temporary', 'unreachable', 'passphrase'];
  static override examples = ['holdfast bounty revoke --all', 'holdfast bounty revoke "$bounty"'];
  static override args = { bounty: operands('a bounty, or - to read ids from stdin') };
  static override flags = {
    all: Flags.boolean({ description: 'all that have expired, in one transaction' }),
    ...dryRunFlag,
    ...requestIdFlag,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BountyRevoke);
    const requestId = flags['request-id'];
    const revoke = async (params: { all?: true; bounties?: string[]; requestId: string | undefined }) => {
      const asked = { ...params, dryRun: flags['dry-run'] };
      for await (const record of this.records('bounty.revoke', asked, flags)) this.emit(record, record.bounty);
    };
    if (!flags.all) {
      return this.eachId(args.bounty, 'bounty', (id) => revoke({ bounties: [id], requestId: scoped(requestId, id) }));
    }
    if (args.bounty) throw new Failure('usage', 'bounties and --all exclude each other');
    await revoke({ all: true, requestId });
  }
}
