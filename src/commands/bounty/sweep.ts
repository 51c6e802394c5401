import { dryRunFlag, operands, passphraseFlags } from '../../lib/cli/flags.js';
import { requestIdFlag } from '../../lib/cli/more-flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { Spending, scoped } from '../../lib/cli/spending.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class BountySweep extends Spending {
  static override summary = 'claim bounties whose blobs are held here, and print their ids';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'temporary', 'unreachable', 'passphrase'];
  static override examples = ['holdfast bounty sweep --all', 'holdfast bounty sweep --to "$addr" "$bounty"'];
  static override args = { bounty: operands('a bounty, or - to read ids from stdin') };
  static override flags = {
    all: Flags.boolean({ description: 'all that can be claimed here, in one transaction' }),
    to: Flags.string({ description: 'where open bounties go; to the wallet by default', helpValue: 'ADDRESS' }),
    ...dryRunFlag,
    ...requestIdFlag,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BountySweep);
    const requestId = flags['request-id'];
    const sweep = async (params: { all?: true; bounties?: string[]; requestId: string | undefined }) => {
      const asked = { ...params, to: flags.to, dryRun: flags['dry-run'] };
      for await (const record of this.records('bounty.sweep', asked, flags)) this.emit(record, record.bounty);
    };
    if (!flags.all) {
      return this.eachId(args.bounty, 'bounty', (id) => sweep({ bounties: [id], requestId: scoped(requestId, id) }));
    }
    if (args.bounty) throw new Failure('usage', 'bounties and --all exclude each other');
    await sweep({ all: true, requestId });
  }
}
