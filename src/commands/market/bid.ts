import { bytes, days, operands, passphraseFlags, price, spendingFlags } from '../../lib/cli/flags.js';
import { leaveStandingBid } from '../../lib/cli/policy.js';
import { Budget, Spending } from '../../lib/cli/spending.js';
import { formatPrice } from '../../lib/util/amounts.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class MarketBid extends Spending {
  static override summary = 'bid on adverts; without any, set the standing bid that answers them by itself';
  static override exits: readonly FailureCode[] = [
    'partial',
    'not-found',
    'temporary',
    'unreachable',
    'passphrase',
    'funds',
    'over-limit',
  ];
  static override examples = [
    'holdfast market bid --price 2 --capacity 500GiB --term 365d',
    'holdfast market bid --price 38 --max-spend 5 --request-id bid "$advert"',
  ];
  static override args = { advert: operands('an advert, or - to read ids from stdin') };
  static override flags = {
    price: price({ description: 'what keeping a GiB for 30 days costs here', required: true }),
    capacity: bytes({ description: 'of the standing bid: keep at most this much' }),
    term: days({ description: 'of the standing bid: for at most this long' }),
    ...spendingFlags,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(MarketBid);
    const params = { price: flags.price, dryRun: flags['dry-run'] };
    const requestId = flags['request-id'];
    if (!args.advert) {
      if (flags['max-spend'] !== undefined) {
        throw new Failure(
          'usage',
          '--max-spend is for bids on adverts that are named',
          'a standing bid is limited by its capacity',
        );
      }
      const { price, capacity, term: termDays } = flags;
      const { record, drain } = await leaveStandingBid(this.paths.policy, { price, capacity, termDays }, params.dryRun);
      if (drain) this.caution('this machine drains: nothing is bid for before holdfast steward drain --off');
      this.emit(record);
      return;
    }
    if (flags.capacity !== undefined || flags.term !== undefined) {
      throw new Failure('usage', '--capacity and --term are of the standing bid', 'leave them out, or the adverts');
    }
    const asked = formatPrice(flags.price);
    await this.consent(flags, () => `Bid ${asked} tokens a GiB and 30 days, with a deposit for each advert?`);
    const budget = new Budget(flags['max-spend']);
    await this.eachId(args.advert, 'advert', async (advert) => {
      // The node scopes the request id to the advert.
      const bid = { ...params, adverts: [advert], maxSpend: budget.left, requestId };
      for await (const record of this.records('market.bid', bid, flags)) {
        this.emit(record, record.advert);
        budget.take(record);
      }
    });
  }
}
