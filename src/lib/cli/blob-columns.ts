import type { BlobRecord } from '../rpc/records.js';
import { amountCell, priceCell, shortId } from './cells.js';
import type { Column } from './output.js';

export const BLOB_COLUMNS: Column<BlobRecord>[] = [
  { head: 'UUID', cell: (row) => row.uuid },
  { head: 'SIZE', cell: (row) => row.size, align: 'right' },
  { head: 'ROLE', cell: (row) => row.role },
  { head: 'STATE', cell: (row) => row.state },
  { head: 'CONFIDENCE', cell: (row) => row.confidence, align: 'right' },
  { head: 'PAID', cell: (row) => amountCell(row.paid_grains), align: 'right' },
  { head: 'SHARE', cell: (row) => row.share, align: 'right' },
  { head: 'FILE', cell: (row) => shortId(row.file) },
];

export const BLOB_FIELDS: Column<BlobRecord>[] = [
  { head: 'uuid', cell: (row) => row.uuid },
  { head: 'size', cell: (row) => row.size },
  { head: 'role', cell: (row) => row.role },
  { head: 'state', cell: (row) => row.state },
  { head: 'held', cell: (row) => (row.unknown === undefined ? row.held : 'unknown') },
  { head: 'file', cell: (row) => row.file },
  { head: 'share', cell: (row) => row.share },
  { head: 'generation', cell: (row) => row.generation },
  { head: 'confidence', cell: (row) => row.confidence },
  { head: 'interval_days', cell: (row) => row.interval_days },
  { head: 'due_slot', cell: (row) => row.due_slot },
  { head: 'paid', cell: (row) => amountCell(row.paid_grains) },
  { head: 'price', cell: (row) => priceCell(row.price_grains) },
  { head: 'contract', cell: (row) => row.contract },
  { head: 'peer', cell: (row) => row.peer },
  { head: 'prunable_slot', cell: (row) => row.prunable_slot },
  { head: 'deck_left', cell: (row) => row.deck_left },
];
