import type { KeptRecord, StewardRecord } from '../rpc/records.js';
import { amountCell, priceCell } from './cells.js';
import type { Column } from './output.js';

export const KEPT_COLUMNS: Column<KeptRecord>[] = [
  { head: 'UUID', cell: (row) => row.uuid },
  { head: 'SIZE', cell: (row) => row.size, align: 'right' },
  { head: 'STATE', cell: (row) => row.state },
  { head: 'EARNED', cell: (row) => amountCell(row.earned_grains), align: 'right' },
  { head: 'OWED', cell: (row) => amountCell(row.owed_grains), align: 'right' },
  { head: 'NEXT', cell: (row) => row.next },
  { head: 'EXPECTED', cell: (row) => amountCell(row.next_amount_grains), align: 'right' },
  { head: 'KEPT UNTIL', cell: (row) => row.kept_until },
];

export const STEWARD_FIELDS: Column<StewardRecord>[] = [
  { head: 'blobs', cell: (row) => row.blobs },
  { head: 'contracts', cell: (row) => row.contracts },
  { head: 'late', cell: (row) => row.late },
  { head: 'prunable', cell: (row) => row.prunable },
  { head: 'prunable_bytes', cell: (row) => row.prunable_bytes },
  { head: 'earned', cell: (row) => amountCell(row.earned_grains) },
  { head: 'owed', cell: (row) => amountCell(row.owed_grains) },
  { head: 'next', cell: (row) => row.next },
  { head: 'last_end', cell: (row) => row.last_end },
  { head: 'stored_bytes', cell: (row) => row.stored_bytes },
  { head: 'committed_bytes', cell: (row) => row.committed_bytes },
  { head: 'free_bytes', cell: (row) => row.free_bytes },
  { head: 'room', cell: (row) => row.room },
  { head: 'price', cell: (row) => priceCell(row.price_grains) },
  { head: 'capacity', cell: (row) => row.capacity },
  { head: 'reserve', cell: (row) => row.reserve },
  { head: 'term_days', cell: (row) => row.term_days },
  { head: 'min_size', cell: (row) => row.min_size },
  { head: 'max_size', cell: (row) => row.max_size },
  { head: 'prune', cell: (row) => row.prune },
  { head: 'drain', cell: (row) => row.drain },
];
