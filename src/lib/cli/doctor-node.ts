import type { RpcClient } from '../rpc/client.js';
import type { NodeRecord } from '../rpc/records.js';
import { formatTokens } from '../util/amounts.js';
import { checkStaleSocket, finding } from './doctor-files.js';
import { checkOutlook } from './doctor-outlook.js';
import { checkRoots } from './doctor-roots.js';
import { readPackageJson } from './layout.js';
import type { FindingRecord } from './records.js';
import { tell } from './report.js';

/** What the node says of itself, where there is one. */
export async function checkNode(node: RpcClient): Promise<FindingRecord[]> {
  let status: NodeRecord;
  try {
    status = await node.call('node.status', {});
  } catch (error) {
    const { code, message, hint } = tell(error);
    const stale = code === 'unreachable' ? checkStaleSocket(node.path) : [];
    return [finding('node', 'error', message, hint), ...stale];
  }
  return [
    finding('node', 'ok', `process ${status.pid} on ${status.network}, at height ${status.height}`),
    checkVersion(status.version, readPackageJson().version),
    checkSynced(status),
    checkPeers(status),
    checkUnlocked(status),
    ...(status.wallet === 'none' ? [] : await checkBalance(node)),
    ...(await checkRoots(node)),
    ...(await checkOutlook(node)),
  ];
}

function checkVersion(node: string, own: string): FindingRecord {
  if (node === own) return finding('version', 'ok', own);
  const message = `the node is of version ${node}, this command of ${own}`;
  return finding('version', 'warning', message, 'restart the node: holdfast node stop, then start');
}

function checkSynced({ synced, head_age_slots }: NodeRecord): FindingRecord {
  if (synced) return finding('sync', 'ok', 'the node is synced');
  const message = `the node is not synced: its newest block is ${head_age_slots} slots old`;
  return finding('sync', 'warning', message, 'holdfast node wait returns once it is');
}

function checkPeers({ peers }: NodeRecord): FindingRecord {
  if (peers > 1) return finding('peers', 'ok', `${peers} peers`);
  const message = peers === 1 ? 'only one peer: it could hide the rest of the network' : 'no peers';
  return finding('peers', 'warning', message, 'start the node with --peer ADDRESS');
}

function checkUnlocked({ wallet }: NodeRecord): FindingRecord {
  if (wallet === 'unlocked') return finding('wallet lock', 'ok', 'the wallet is unlocked');
  if (wallet === 'none')
    return finding('wallet lock', 'warning', 'the node has no wallet', 'holdfast wallet init makes one');
  const message = 'the wallet is locked: nothing is paid, claimed or answered';
  return finding('wallet lock', 'warning', message, 'start the node with --passphrase-file');
}

async function checkBalance(node: RpcClient): Promise<FindingRecord[]> {
  try {
    const { balance_grains } = await node.call('wallet.balance', {});
    if (balance_grains !== '0') return [finding('balance', 'ok', `${formatTokens(BigInt(balance_grains))} tokens`)];
    return [
      finding('balance', 'warning', 'the wallet is empty', 'holdfast wallet address is where tokens can be sent'),
    ];
  } catch (error) {
    const { code, message, hint } = tell(error);
    return code === 'passphrase' ? [] : [finding('balance', 'error', message, hint)];
  }
}
