import { CONTRACT_FIELDS } from '../../lib/cli/contract-columns.js';
import { operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class ContractShow extends Many {
  static override summary = 'show all there is to know of contracts';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast contract show "$contract"'];
  static override args = { contract: operands('a contract, or - to read ids from stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(ContractShow);
    await this.eachId(args.contract, 'contract', async (contract) => {
      this.show(await this.node.call('contract.show', { contract }), CONTRACT_FIELDS, contract);
    });
  }
}
