import { ADVERT_COLUMNS } from '../../lib/cli/advert-columns.js';
import { Base } from '../../lib/cli/base.js';
import { price } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class MarketLs extends Base {
  static override summary = 'list adverts: those on the ledger, and those sent from here';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = [
    'holdfast market ls --open --min-price 40 -q | holdfast market bid --price 38 --max-spend 5 --request-id "bid" -',
  ];
  static override flags = {
    open: Flags.boolean({ description: 'only those that take bids now' }),
    'min-price': price({ description: 'only those that pay up to this or more' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(MarketLs);
    const records = this.node.records('market.ls', { open: flags.open, minPrice: flags['min-price'] });
    await this.list(records, { columns: ADVERT_COLUMNS, id: (row) => row.advert });
  }
}
