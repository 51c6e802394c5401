import { connect } from 'node:net';
import type { RpcClient } from '../rpc/client.js';
import type { Outlook } from '../rpc/results.js';
import { finding } from './doctor-files.js';
import type { FindingRecord } from './records.js';
import { tell } from './report.js';

/** Beyond this the node makes no blocks. */
const SKEW_MS_MAX = 1_000;
const DIAL_MS = 5_000;
const KEEP = 'have it kept: timedatectl set-ntp true';

/** How the node looks from outside: its clock against its peers', its port, and the nodes that it was to begin with. */
export async function checkOutlook(node: RpcClient): Promise<FindingRecord[]> {
  let outlook: Outlook;
  try {
    outlook = await node.call('node.outlook', {});
  } catch (error) {
    const { code, message, hint } = tell(error);
    // A node of another version, which is told apart.
    return code === 'not-found' ? [] : [finding('outlook', 'error', message, hint ?? null)];
  }
  const dialled = outlook.bootstrap.map((entry) => checkBootstrap(entry));
  return [...checkClock(outlook), ...checkPorts(outlook), ...(await Promise.all(dialled))];
}

function checkClock({ clocks_ahead_ms: clocks }: Outlook): FindingRecord[] {
  if (clocks.length === 0) return [];
  const sorted = [...clocks].sort((a, b) => a - b);
  const ahead = sorted[sorted.length >> 1]!;
  const peers = clocks.length === 1 ? 'of the one peer that answered' : `of ${clocks.length} peers`;
  if (Math.abs(ahead) <= SKEW_MS_MAX)
    return [finding('clock', 'ok', `within ${Math.abs(ahead)} ms of the clocks ${peers}`)];
  const message = `the clock is ${Math.abs(ahead) / 1000} s ${ahead > 0 ? 'behind' : 'ahead of'} the clocks ${peers}`;
  // One peer alone may be the one that is wrong; three, and the node makes no blocks.
  if (clocks.length < 3) return [finding('clock', 'warning', message, KEEP)];
  return [finding('clock', 'error', `${message}: no blocks are made so`, KEEP)];
}

function checkPorts({ ports }: Outlook): FindingRecord[] {
  if (ports.length === 0) {
    const hint = 'start it with --listen /ip4/0.0.0.0/tcp/4001';
    return [finding('port', 'warning', 'the node listens on this machine alone: no other reaches it', hint)];
  }
  return ports.map(({ port, reached }) => {
    if (reached) return finding('port', 'ok', `peers reach TCP port ${port}`);
    if (reached === null) return finding('port', 'ok', `TCP port ${port}; no peer elsewhere could say if it is open`);
    const message = `no peer reaches TCP port ${port}: a firewall or a router closes it`;
    const hint = `open it, or forward it; a port that stays the same is given by --listen /ip4/0.0.0.0/tcp/${port}`;
    return finding('port', 'warning', message, hint);
  });
}

async function checkBootstrap({ address, connected }: Outlook['bootstrap'][number]): Promise<FindingRecord> {
  const check = `bootstrap ${address}`;
  if (connected) return finding(check, 'ok', 'connected');
  const failed = await dial(address);
  const because = failed ?? 'it answers, but not yet as a node of this network';
  return finding(check, 'warning', `the node is not connected to ${address}: ${because}`, hintFor(failed));
}

function hintFor(failed: string | undefined): string {
  if (failed === undefined) return 'see that both were started on the same genesis: holdfast network ls on both';
  return 'see that it runs, and at that address; another is given by node start --peer';
}

/** Why nothing answers there; undefined where something does. From here, since the node tells no more than that it failed. */
function dial(address: string): Promise<string | undefined> {
  const [, host, port] = /^\/(?:ip4|ip6|dns4|dns6|dns)\/([^/]+)\/tcp\/(\d+)/.exec(address) ?? [];
  if (host === undefined) return Promise.resolve('it is no address to dial');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: DIAL_MS });
    const end = (why: string | undefined) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`nothing answered in ${DIAL_MS / 1000} s`));
    socket.once('error', ({ code }: NodeJS.ErrnoException) => end(WHY[code ?? ''] ?? `cannot connect: ${code}`));
  });
}

const WHY: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'no name server answers',
  ETIMEDOUT: 'nothing answered',
};
