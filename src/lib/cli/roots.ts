import type { RootRecord } from '../rpc/records.js';
import type { Column } from './output.js';

export const ROOT_COLUMNS: Column<RootRecord>[] = [
  { head: 'KIND', cell: (row) => row.kind },
  { head: 'STATE', cell: (row) => row.state },
  { head: 'BLOBS', cell: (row) => row.blobs, align: 'right' },
  { head: 'BYTES', cell: (row) => row.bytes, align: 'right' },
  { head: 'FREE', cell: (row) => row.free_bytes, align: 'right' },
  { head: 'CAPACITY', cell: (row) => row.capacity, align: 'right' },
  { head: 'RESERVE', cell: (row) => row.reserve, align: 'right' },
  { head: 'SKIPPED', cell: (row) => row.skipped, align: 'right' },
  { head: 'CORRUPT', cell: (row) => row.corrupt, align: 'right' },
  { head: 'PATH', cell: (row) => row.path },
];

/** What a script must not take for an empty disk. */
export function missingText({ path }: RootRecord): string {
  return `${path} is not there: mount it again`;
}
