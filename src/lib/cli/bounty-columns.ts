import type { BountyRecord } from '../rpc/records.js';
import { amountCell, shortId } from './cells.js';
import type { Column } from './output.js';

export const BOUNTY_COLUMNS: Column<BountyRecord>[] = [
  { head: 'BOUNTY', cell: (row) => row.bounty },
  { head: 'ROLE', cell: (row) => row.role },
  { head: 'STATE', cell: (row) => row.state },
  { head: 'AMOUNT', cell: (row) => amountCell(row.amount_grains), align: 'right' },
  { head: 'EXPIRES', cell: (row) => row.expires_slot, align: 'right' },
  { head: 'BLOB', cell: (row) => shortId(row.blob) },
  { head: 'ITEMS', cell: (row) => row.items, align: 'right' },
];

export const BOUNTY_FIELDS: Column<BountyRecord>[] = [
  { head: 'bounty', cell: (row) => row.bounty },
  { head: 'txid', cell: (row) => row.txid },
  { head: 'role', cell: (row) => row.role },
  { head: 'state', cell: (row) => row.state },
  { head: 'blob', cell: (row) => row.blob },
  { head: 'contract', cell: (row) => row.contract },
  { head: 'items', cell: (row) => row.items },
  { head: 'blobs', cell: (row) => row.blobs?.join(' ') },
  { head: 'amount', cell: (row) => amountCell(row.amount_grains) },
  { head: 'opened_slot', cell: (row) => row.opened_slot },
  { head: 'expires_slot', cell: (row) => row.expires_slot },
  { head: 'payee', cell: (row) => row.payee },
];

export const BOUNTY_STATES = ['pending', 'open', 'claimed', 'settled', 'expired', 'revoked', 'returned', 'failed'];
