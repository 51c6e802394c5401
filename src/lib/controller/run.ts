import { join } from 'node:path';
import { parsePolicy } from '../plan/policy.js';
import { RpcClient } from '../rpc/client.js';
import type { ActRecord } from '../rpc/records.js';
import { Controller } from './controller.js';
import { type FollowLog, followNode } from './follow.js';
import { Journal } from './journal.js';

export interface ControllerSettings {
  home: string;
  repairBelow: number | undefined;
  maxSpend: bigint | undefined;
}

async function withController<R>(
  settings: ControllerSettings & { dryRun: boolean; staying?: boolean },
  work: (rpc: RpcClient, controller: Controller) => Promise<R>,
): Promise<R> {
  const { home, repairBelow, maxSpend, dryRun, staying = false } = settings;
  const rpc = new RpcClient(home);
  // Before the lock: a controller without its node has nothing to do.
  await rpc.call('node.status', {});
  const journal = await Journal.open(join(home, 'controller'));
  try {
    return await work(
      rpc,
      new Controller(rpc, journal, { policy: parsePolicy({}), repairBelow, maxSpend, dryRun, staying }),
    );
  } finally {
    await journal.close();
  }
}

/** One pass, for cron. */
export function tickOnce(
  settings: ControllerSettings & { dryRun: boolean },
  onRecord: (record: ActRecord) => void,
): Promise<ActRecord[]> {
  return withController(settings, (_rpc, controller) => controller.tick(onRecord));
}

/** Settles accounts until the signal aborts. */
export function runController(
  settings: ControllerSettings,
  log: FollowLog,
  signal: AbortSignal,
  onReady: () => void,
): Promise<void> {
  return withController({ ...settings, dryRun: false, staying: true }, async (rpc, controller) => {
    onReady();
    await followNode(rpc, controller, log, signal);
  });
}
