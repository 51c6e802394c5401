import { ADVERT_FIELDS } from '../../lib/cli/advert-columns.js';
import { operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class MarketShow extends Many {
  static override summary = 'show all there is to know of adverts, and who won them';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast market show "$advert"'];
  static override args = { advert: operands('an advert, or - to read ids from stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(MarketShow);
    await this.eachId(args.advert, 'advert', async (advert) => {
      this.show(await this.node.call('market.show', { advert }), ADVERT_FIELDS, advert);
    });
  }
}
