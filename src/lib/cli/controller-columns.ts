import type { ControllerRecord, RiskRecord } from '../rpc/records.js';
import { amountCell } from './cells.js';
import type { Column } from './output.js';

export const CONTROLLER_FIELDS: Column<ControllerRecord>[] = [
  { head: 'running', cell: (row) => row.running },
  { head: 'looked', cell: (row) => row.looked },
  { head: 'contracts', cell: (row) => row.contracts },
  { head: 'next', cell: (row) => row.next },
  { head: 'until', cell: (row) => row.until },
  { head: 'costs', cell: (row) => amountCell(row.costs_grains) },
  { head: 'income', cell: (row) => amountCell(row.income_grains) },
  { head: 'balance', cell: (row) => amountCell(row.balance_grains) },
  { head: 'balance_ends', cell: (row) => row.balance_ends },
  { head: 'balance_missing', cell: (row) => amountCell(row.balance_missing_grains) },
  { head: 'room', cell: (row) => amountCell(row.room_grains) },
  { head: 'limit', cell: (row) => row.limit },
  { head: 'limit_from', cell: (row) => row.limit_from },
  { head: 'limit_missing', cell: (row) => amountCell(row.limit_missing_grains) },
  { head: 'decks', cell: (row) => row.decks },
  { head: 'decks_from', cell: (row) => row.decks_from },
  { head: 'ends', cell: (row) => row.ends },
  { head: 'ends_from', cell: (row) => row.ends_from },
  { head: 'spent', cell: (row) => amountCell(row.spent_grains) },
  { head: 'returned', cell: (row) => amountCell(row.returned_grains) },
  { head: 'earned', cell: (row) => amountCell(row.earned_grains) },
  { head: 'surplus', cell: (row) => amountCell(row.surplus_grains) },
  { head: 'deficit', cell: (row) => amountCell(row.deficit_grains) },
];

export const RISK_COLUMNS: Column<RiskRecord>[] = [
  { head: 'BLOB', cell: (row) => row.uuid },
  { head: 'WHY', cell: (row) => row.why },
  { head: 'FROM', cell: (row) => row.time },
  { head: 'CONTRACT', cell: (row) => row.contract },
  { head: 'REASON', cell: (row) => row.reason },
];
