import { Base } from '../../lib/cli/base.js';
import { knownNetworks } from '../../lib/cli/networks.js';
import type { Column } from '../../lib/cli/output.js';
import type { NetworkRecord } from '../../lib/rpc/records.js';

const COLUMNS: Column<NetworkRecord>[] = [
  { head: 'NAME', cell: (row) => row.name },
  { head: 'ID', cell: (row) => row.network_id },
  { head: 'FILE', cell: (row) => row.file },
];

export default class NetworkLs extends Base {
  static override summary = 'list the networks this machine knows';

  async run(): Promise<void> {
    await this.parse(NetworkLs);
    const records = knownNetworks(this.paths.networks).map(({ record }) => record);
    await this.list(records, { columns: COLUMNS, id: (row) => row.network_id });
  }
}
