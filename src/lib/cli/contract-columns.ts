import type { ContractRecord } from '../rpc/records.js';
import { amountCell, priceCell, shortId } from './cells.js';
import type { Column } from './output.js';

export const CONTRACT_COLUMNS: Column<ContractRecord>[] = [
  { head: 'CONTRACT', cell: (row) => row.contract },
  { head: 'ROLE', cell: (row) => row.role },
  { head: 'STATE', cell: (row) => row.state },
  { head: 'PRICE', cell: (row) => priceCell(row.price_grains), align: 'right' },
  { head: 'CONFIDENCE', cell: (row) => row.confidence, align: 'right' },
  { head: 'PAID', cell: (row) => amountCell(row.paid_grains), align: 'right' },
  { head: 'DUE', cell: (row) => row.due_slot, align: 'right' },
  { head: 'END', cell: (row) => row.end_slot, align: 'right' },
  { head: 'BLOB', cell: (row) => shortId(row.blob) },
];

export const CONTRACT_FIELDS: Column<ContractRecord>[] = [
  { head: 'contract', cell: (row) => row.contract },
  { head: 'role', cell: (row) => row.role },
  { head: 'state', cell: (row) => row.state },
  { head: 'blob', cell: (row) => row.blob },
  { head: 'file', cell: (row) => row.file },
  { head: 'share', cell: (row) => row.share },
  { head: 'size', cell: (row) => row.size },
  { head: 'price', cell: (row) => priceCell(row.price_grains) },
  { head: 'peer', cell: (row) => row.peer },
  { head: 'account', cell: (row) => row.account },
  { head: 'start_slot', cell: (row) => row.start_slot },
  { head: 'end_slot', cell: (row) => row.end_slot },
  { head: 'notice', cell: (row) => row.notice },
  { head: 'notice_told', cell: (row) => row.notice_told },
  { head: 'paid_until_slot', cell: (row) => row.paid_until_slot },
  { head: 'due_slot', cell: (row) => row.due_slot },
  { head: 'due', cell: (row) => amountCell(row.due_grains) },
  { head: 'prunable_slot', cell: (row) => row.prunable_slot },
  { head: 'confidence', cell: (row) => row.confidence },
  { head: 'interval_days', cell: (row) => row.interval_days },
  { head: 'credit', cell: (row) => amountCell(row.credit_grains) },
  { head: 'max_credit', cell: (row) => amountCell(row.max_credit_grains) },
  { head: 'deck_left', cell: (row) => row.deck_left },
  { head: 'next_payment', cell: (row) => row.next_payment },
  { head: 'bounty', cell: (row) => row.bounty },
  { head: 'bounty_state', cell: (row) => row.bounty_state },
  { head: 'paid', cell: (row) => amountCell(row.paid_grains) },
];

export const CONTRACT_STATES = ['live', 'dropped', 'mia', 'ended', 'pruned'];
