import type { RpcClient } from '../rpc/client.js';
import type { RootRecord } from '../rpc/records.js';
import { finding } from './doctor-files.js';
import { collect } from './input.js';
import type { FindingRecord } from './records.js';
import { tell } from './report.js';

/** The disks that blobs lie on: whether each is there, has room, and keeps what it was given. */
export async function checkRoots(node: RpcClient): Promise<FindingRecord[]> {
  try {
    return (await collect(node.records('steward.ls', {}))).map(checkRoot);
  } catch (error) {
    const { code, message, hint } = tell(error);
    // A node of another version, which is told apart.
    if (code === 'not-found') return [];
    return [finding('roots', 'error', message, hint ?? null)];
  }
}

function checkRoot(root: RootRecord): FindingRecord {
  const { path, state, blobs, bytes, corrupt, kind } = root;
  const check = `root ${path}`;
  if (state === 'missing') {
    const hint = `mount it again; if it is gone for good: holdfast steward detach --lost ${path}`;
    return finding(check, 'error', `${path} is not there, and nor are its blobs`, hint);
  }
  if (corrupt > 0) {
    const hint = 'holdfast blob check --all looks at them all; a disk that does this again is to be replaced';
    return finding(check, 'warning', `the bytes of ${corrupt} blobs at ${path} went bad`, hint);
  }
  if (kind === 'blobs' && state === 'active' && roomOf(root) <= 0) {
    const hint = 'holdfast steward prune, or attach another disk: holdfast steward attach --blobs';
    return finding(check, 'warning', `${path} takes no more blobs`, hint);
  }
  return finding(check, 'ok', `${path}: ${blobs} blobs, ${bytes} bytes, ${state}`);
}

function roomOf({ free_bytes, reserve, capacity, bytes }: RootRecord): number {
  return Math.min((free_bytes ?? 0) - reserve, capacity === null ? Number.POSITIVE_INFINITY : capacity - bytes);
}
