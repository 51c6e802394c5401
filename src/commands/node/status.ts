import { Base } from '../../lib/cli/base.js';
import { checkpointCell, joiningCell } from '../../lib/cli/cells.js';
import type { Column } from '../../lib/cli/output.js';
import type { NodeRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const FIELDS: Column<NodeRecord>[] = [
  { head: 'version', cell: (row) => row.version },
  { head: 'network', cell: (row) => row.network },
  { head: 'network_id', cell: (row) => row.network_id },
  { head: 'pid', cell: (row) => row.pid },
  { head: 'height', cell: (row) => row.height },
  { head: 'slot', cell: (row) => row.slot },
  { head: 'tip', cell: (row) => row.tip },
  { head: 'state_root', cell: (row) => row.state_root },
  { head: 'head_age_slots', cell: (row) => row.head_age_slots },
  { head: 'synced', cell: (row) => row.synced },
  { head: 'peers', cell: (row) => row.peers },
  { head: 'peer_id', cell: (row) => row.peer_id },
  { head: 'addresses', cell: (row) => row.addresses.join(' ') },
  { head: 'mining', cell: (row) => row.mining },
  { head: 'wallet', cell: (row) => row.wallet },
  { head: 'blobs', cell: (row) => row.blobs },
  { head: 'blob_bytes', cell: (row) => row.blob_bytes },
  { head: 'checkpoint', cell: (row) => checkpointCell(row.checkpoint) },
  { head: 'joining', cell: (row) => joiningCell(row.joining) },
];

export default class NodeStatus extends Base {
  static override summary = 'show how the local node is doing';
  static override exits: readonly FailureCode[] = ['unreachable'];
  static override examples = ['holdfast node status', "holdfast node status --json | jq -r '.height, .peers'"];

  async run(): Promise<void> {
    await this.parse(NodeStatus);
    this.show(await this.node.call('node.status', {}), FIELDS);
  }
}
