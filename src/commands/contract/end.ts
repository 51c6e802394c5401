import { dryRunFlag, operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class ContractEnd extends Many {
  static override summary = 'give notice: contracts end after one more interval';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = [
    'holdfast contract end "$contract"',
    'holdfast contract ls --role steward --state live -q | holdfast contract end -',
  ];
  static override args = { contract: operands('a contract, or - to read ids from stdin') };
  static override flags = { ...dryRunFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ContractEnd);
    const dryRun = flags['dry-run'];
    await this.eachId(args.contract, 'contract', async (contract) => {
      this.emit(await this.node.call('contract.end', { contract, dryRun }), dryRun ? contract : undefined);
    });
  }
}
