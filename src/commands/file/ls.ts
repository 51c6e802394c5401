import { Base } from '../../lib/cli/base.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import type { FileRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const COLUMNS: Column<FileRecord>[] = [
  { head: 'STORAGE INDEX', cell: (row) => row.storage_index },
  { head: 'SIZE', cell: (row) => row.size, align: 'right' },
  { head: 'SHARES', cell: (row) => `${row.needed}/${row.happy}/${row.total}` },
  { head: 'LIVE', cell: (row) => row.live, align: 'right' },
  { head: 'NAME', cell: (row) => row.name },
];
const CAP: Column<FileRecord> = { head: 'CAP', cell: (row) => row.cap };

export default class FileLs extends Base {
  static override summary = 'list the files put from here';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = ['holdfast file ls', 'holdfast file ls --caps --json > caps.ndjson'];
  static override flags = {
    caps: Flags.boolean({ description: 'with their caps, which are secrets' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(FileLs);
    const records = this.node.records('file.ls', { caps: flags.caps });
    const columns = flags.caps ? [...COLUMNS, CAP] : COLUMNS;
    await this.list(records, { columns, id: (row) => row.storage_index ?? '' });
  }
}
