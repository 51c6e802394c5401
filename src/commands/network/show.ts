import type { ParamsJson } from '../../lib/chain/params.js';
import { Base } from '../../lib/cli/base.js';
import { operand } from '../../lib/cli/flags.js';
import { findNetwork } from '../../lib/cli/networks.js';
import type { Cell, Column } from '../../lib/cli/output.js';
import type { NetworkRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

function cellOf(value: ParamsJson[keyof ParamsJson]): Cell {
  if (Array.isArray(value)) return value.join('/');
  if (typeof value !== 'object') return value;
  return Object.entries(value)
    .map(([rule, height]) => `${rule} from ${height}`)
    .join(', ');
}

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
        .map(([name, value]) => ({ head: name, cell: () => cellOf(value) })),
    ];
    this.show({ ...record, parameters: json }, fields, record.network_id);
  }
}
