import type { AdvertRecord } from '../rpc/records.js';
import { priceCell } from './cells.js';
import type { Column } from './output.js';

export const ADVERT_COLUMNS: Column<AdvertRecord>[] = [
  { head: 'ADVERT', cell: (row) => row.advert },
  { head: 'STATE', cell: (row) => row.state },
  { head: 'LOTS', cell: (row) => row.lots, align: 'right' },
  { head: 'SIZE', cell: (row) => row.size, align: 'right' },
  { head: 'DAYS', cell: (row) => row.term_days, align: 'right' },
  { head: 'RESERVE', cell: (row) => priceCell(row.reserve_grains), align: 'right' },
  { head: 'BIDS', cell: (row) => row.bids, align: 'right' },
  { head: 'CLOSES', cell: (row) => row.closes_slot, align: 'right' },
  { head: 'PRICE', cell: (row) => priceCell(row.clearing_grains), align: 'right' },
  { head: 'MINE', cell: (row) => row.mine },
];

export const ADVERT_FIELDS: Column<AdvertRecord>[] = [
  { head: 'advert', cell: (row) => row.advert },
  { head: 'state', cell: (row) => row.state },
  { head: 'mine', cell: (row) => row.mine },
  { head: 'lots', cell: (row) => row.lots },
  { head: 'size', cell: (row) => row.size },
  { head: 'term_days', cell: (row) => row.term_days },
  { head: 'reserve', cell: (row) => priceCell(row.reserve_grains) },
  { head: 'credit_days', cell: (row) => row.credit_days },
  { head: 'opened_slot', cell: (row) => row.opened_slot },
  { head: 'closes_slot', cell: (row) => row.closes_slot },
  { head: 'reveals_until_slot', cell: (row) => row.reveals_until_slot },
  { head: 'bids', cell: (row) => row.bids },
  { head: 'clearing', cell: (row) => priceCell(row.clearing_grains) },
  { head: 'winners', cell: (row) => row.winners.map(({ account }) => account).join(' ') },
];
