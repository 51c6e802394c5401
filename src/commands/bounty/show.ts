import { BOUNTY_FIELDS } from '../../lib/cli/bounty-columns.js';
import { operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class BountyShow extends Many {
  static override summary = 'show all there is to know of bounties';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast bounty show "$bounty"'];
  static override args = { bounty: operands('a bounty, or - to read ids from stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(BountyShow);
    await this.eachId(args.bounty, 'bounty', async (bounty) => {
      this.show(await this.node.call('bounty.show', { bounty }), BOUNTY_FIELDS, bounty);
    });
  }
}
