import { Base } from '../../lib/cli/base.js';
import { operand } from '../../lib/cli/flags.js';
import { findNetwork } from '../../lib/cli/networks.js';
import type { Column } from '../../lib/cli/output.js';
import type { NetworkRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class NetworkShow extends Base {
  static override summary = 'show one network and its parameters';
  static override exits: readonly FailureCode[] = ['not-found'];
  static override args = { network: operand('its name, or a genesis file') };

  async run(): Promise<void> {
    const { args } = await this.parse(NetworkShow);
    const { record, json } = findNetwork(this.paths.networks, args.network);
    const fields: Column<NetworkRecord>[] = [
      { head: 'name', cell: (row) => row.name },
      { head: 'id', cell: (row) => row.network_id },
      { head: 'file', cell: (row) => row.file },
      ...Object.entries(json)
        .filter(([name]) => name !== 'name')
        .map(([name, value]) => ({ head: name, cell: () => (Array.isArray(value) ? value.join('/') : value) })),
    ];
    this.show({ ...record, parameters: json }, fields, record.network_id);
  }
}
