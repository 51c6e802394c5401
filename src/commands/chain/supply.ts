import { Base } from '../../lib/cli/base.js';
import { amountCell } from '../../lib/cli/cells.js';
import { detailColumns } from '../../lib/cli/detail-columns.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import { showSupplyPlot, supplyCurve } from '../../lib/cli/supply-plot.js';
import type { SupplyRecord, SupplyYearRecord } from '../../lib/rpc/records.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

function fieldsOf({ recount, type: _type, ...fields }: SupplyRecord): Column<SupplyRecord>[] {
  const counted = Object.entries(recount ?? {}).map(([name, value]) => [`counted_${name}`, value]);
  return [...detailColumns<SupplyRecord>(fields), ...detailColumns<SupplyRecord>(Object.fromEntries(counted))];
}

const COLUMNS: Column<SupplyYearRecord>[] = [
  { head: 'YEAR', cell: ({ year }) => year, align: 'right' },
  { head: 'HEIGHT', cell: ({ height }) => height, align: 'right' },
  { head: 'MINED', cell: ({ mined_grains }) => amountCell(mined_grains), align: 'right' },
  { head: 'MINTED', cell: ({ minted_grains }) => amountCell(minted_grains), align: 'right' },
  { head: 'SUPPLY', cell: ({ supply_grains }) => amountCell(supply_grains), align: 'right' },
];

const YEARS = 30;

export default class ChainSupply extends Base {
  static override summary = 'show how many tokens there are, and check that all are accounted for';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = [
    'holdfast chain supply',
    'holdfast chain supply --verify -q',
    'holdfast chain supply --schedule --years 10 --json | jq -r .supply',
  ];
  static override flags = {
    schedule: Flags.boolean({ description: 'list what there will be at the end of each network year' }),
    years: Flags.integer({ description: `look so far ahead; ${YEARS} by default`, default: YEARS, min: 1, max: 200 }),
    verify: Flags.boolean({
      description: 'read the whole state and add it up; exit 1 where it is not the supply',
      exclusive: ['schedule'],
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ChainSupply);
    if (flags.schedule) return this.schedule(flags.years);
    const record = await this.node.call('chain.supply', { recount: flags.verify });
    this.show(record, fieldsOf(record), String(amountCell(record.supply_grains)));
    await this.plot(() => this.years(flags.years), record);
    if (!record.recount) return;
    const { held_grains, adds_up, committed } = record.recount;
    const hint = 'the ledger in this directory is damaged: remove it, and the node fetches it again';
    if (!adds_up) {
      const [held, made] = [amountCell(held_grains), amountCell(record.supply_grains)];
      throw new Failure('failure', `the accounts do not add up: ${held} tokens are held, ${made} were made`, hint);
    }
    if (!committed) throw new Failure('failure', 'the entries are not those under the root in the block', hint);
  }

  private async schedule(count: number): Promise<void> {
    const years = await this.years(count);
    await this.list(years, { columns: COLUMNS, id: ({ supply_grains }) => String(amountCell(supply_grains)) });
    await this.plot(async () => years);
  }

  private async years(count: number): Promise<SupplyYearRecord[]> {
    const years: SupplyYearRecord[] = [];
    for await (const year of this.node.records('chain.schedule', { years: count })) years.push(year);
    return years;
  }

  private async plot(years: () => Promise<SupplyYearRecord[]>, now?: SupplyRecord): Promise<void> {
    const { json, quiet } = this.common;
    if (process.stdout.isTTY && !json && !quiet) await showSupplyPlot(supplyCurve(await years(), now));
  }
}
