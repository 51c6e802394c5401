import { resolve } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { devnetDir } from '../../lib/cli/devnet-dir.js';
import { Flags } from '../../lib/cli/oclif.js';
import { RpcClient } from '../../lib/rpc/client.js';
import type { FailureCode } from '../../lib/util/errors.js';

interface Row {
  type: 'member-status';
  name: string;
  role: string;
  running: boolean;
  height: number | null;
  peers: number | null;
  blobs: number | null;
  home: string;
}

export default class DevnetStatus extends Base {
  static override summary = 'show the nodes of a devnet';
  static override exits: readonly FailureCode[] = ['not-found', 'unreachable'];
  static override flags = { dir: Flags.string({ description: 'where its nodes are', helpValue: 'DIR' }) };

  async run(): Promise<void> {
    const { flags } = await this.parse(DevnetStatus);
    const { readState } = await import('../../lib/devnet/state.js');
    const { members } = await readState(flags.dir === undefined ? devnetDir(this.paths) : resolve(flags.dir));
    const rows = await Promise.all(members.map(({ name, role, home }) => ask(name, role, home)));
    await this.list(rows, {
      columns: [
        { head: 'name', cell: (row) => row.name },
        { head: 'role', cell: (row) => row.role },
        { head: 'running', cell: (row) => row.running },
        { head: 'height', cell: (row) => row.height },
        { head: 'peers', cell: (row) => row.peers },
        { head: 'blobs', cell: (row) => row.blobs },
        { head: 'home', cell: (row) => row.home },
      ],
      id: (row) => row.name,
    });
    if (rows.every(({ running }) => !running)) this.verdict('unreachable');
  }
}

async function ask(name: string, role: string, home: string): Promise<Row> {
  const facts = { type: 'member-status' as const, name, role, home };
  try {
    const { height, peers, blobs } = await new RpcClient(home).call('node.status', {});
    return { ...facts, running: true, height, peers, blobs };
  } catch {
    return { ...facts, running: false, height: null, peers: null, blobs: null };
  }
}
