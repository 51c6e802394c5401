import { days, operands, passphraseFlags, price, spendingFlags } from '../../lib/cli/flags.js';
import { Spending } from '../../lib/cli/spending.js';
import { formatPrice } from '../../lib/util/amounts.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

/** What one call to the node holds. */
const UUIDS_MAX = 10_000;

export default class BlobAdvertise extends Spending {
  static override summary = 'ask stewards for bids on blobs, and print the adverts made';
  static override exits: readonly FailureCode[] = [
    'not-found',
    'temporary',
    'unreachable',
    'passphrase',
    'funds',
    'over-limit',
  ];
  static override examples = ['holdfast file put doc.tar | holdfast blob advertise --max-price 2.5 --term 30d --yes -'];
  static override args = { uuid: operands('a blob, or - to read UUIDs from stdin; equal sizes share an advert') };
  static override flags = {
    'max-price': price({ description: 'pay at most this a GiB and 30 days', required: true }),
    term: days({ description: 'how long the contract runs; 30d by default', default: 30 }),
    'credit-days': days({
      description:
        'days of debt to pay for in advance, 4 to 60; by default an eighteenth of the term, and what payments need',
    }),
    ...spendingFlags,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BlobAdvertise);
    const uuids = [...new Set(await this.allIds(args.uuid, 'UUID'))];
    if (uuids.length === 0) return;
    if (uuids.length > UUIDS_MAX) {
      throw new Failure(
        'usage',
        `more than ${UUIDS_MAX} blobs at once`,
        'split the list, so that --max-spend holds for each part',
      );
    }
    const asked = formatPrice(flags['max-price']);
    await this.consent(flags, () => `Advertise ${uuids.length} blobs at up to ${asked} tokens a GiB and 30 days?`);
    const params = {
      uuids,
      maxPrice: flags['max-price'],
      termDays: flags.term,
      creditDays: flags['credit-days'],
      maxSpend: flags['max-spend'],
      requestId: flags['request-id'],
      dryRun: flags['dry-run'],
    };
    for await (const record of this.records('blob.advertise', params, flags)) this.emit(record, record.advert);
  }
}
