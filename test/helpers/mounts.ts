import { spawnSync } from 'node:child_process';
import type { TestContext } from 'node:test';

/** Mounts made behind this end with the last process that sees them. */
const WAYS = [
  ['unshare', '--mount'],
  ['unshare', '--mount', '--map-root-user'],
];

/**
 * What to put before a command that mounts a disk of its own; undefined where this machine lets nobody
 * do so, as in many containers. The test is then skipped with a reason: no package could help.
 */
export function needMounts(t: TestContext): string[] | undefined {
  const found = WAYS.find(([program, ...args]) => {
    const probe = [...args, 'mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', '/mnt'];
    return spawnSync(program!, probe, { stdio: 'ignore' }).status === 0;
  });
  if (!found) t.skip('a disk can be mounted neither as this user nor in a namespace of its own');
  return found;
}
