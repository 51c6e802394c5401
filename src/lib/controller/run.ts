import { join } from 'node:path';
import { RpcClient } from '../rpc/client.js';
import type { ActRecord } from '../rpc/records.js';
import { Controller, type ControllerOptions } from './controller.js';
import { type FollowLog, followNode } from './follow.js';
import { Journal } from './journal.js';
import { PolicyReader } from './policies.js';
import type { Warning } from './warnings.js';

export interface ControllerSettings {
  home: string;
  /** The policy file; what flags say wins over it. */
  policy: string;
  repairBelow: number | undefined;
  maxSpend: bigint | undefined;
  /** Spends no more than was earned, whatever the policy says. */
  barter?: boolean;
}

type Mode = { dryRun: boolean; staying?: boolean; log?: Pick<FollowLog, 'warn'> } & Pick<
  ControllerOptions,
  'onWarning'
>;

/** A controller and its lock: a Failure `locked` where another holds it. Close the journal in the end. */
export async function openController(settings: ControllerSettings & Mode) {
  const { home, repairBelow, maxSpend, barter = false, dryRun, staying = false, log } = settings;
  const onWarning = settings.onWarning ?? (log && (({ message, ...what }: Warning) => log.warn(what, message)));
  const reader = policyReader(settings);
  const rpc = new RpcClient(home);
  const journal = await Journal.open(join(home, 'controller'));
  const options = { policies: () => reader.current(), repairBelow, maxSpend, barter, dryRun, staying, onWarning };
  return { rpc, journal, controller: new Controller(rpc, journal, options) };
}

/** Throws a usage Failure for a policy file that is none. */
function policyReader({ policy, log }: Pick<ControllerSettings & Mode, 'policy' | 'log'>): PolicyReader {
  return new PolicyReader(policy, ({ message }) => log?.warn({ error: message }, 'the last good policy holds'));
}

async function withController<R>(
  settings: ControllerSettings & Mode,
  work: (rpc: RpcClient, controller: Controller) => Promise<R>,
): Promise<R> {
  policyReader(settings);
  // Before the lock: a controller without its node has nothing to do.
  await new RpcClient(settings.home).call('node.status', {});
  const { rpc, journal, controller } = await openController(settings);
  try {
    return await work(rpc, controller);
  } finally {
    await journal.close();
  }
}

/** One pass, for cron. */
export function tickOnce(
  settings: ControllerSettings & Pick<Mode, 'dryRun' | 'onWarning'>,
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
  return withController({ ...settings, dryRun: false, staying: true, log }, async (rpc, controller) => {
    onReady();
    await followNode(rpc, controller, log, signal);
  });
}
