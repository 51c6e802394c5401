import { followNode } from '../controller/follow.js';
import { openController } from '../controller/run.js';
import { readPolicyFile } from '../store/policy-file.js';
import { isFailure } from '../util/errors.js';
import type { Keyring } from '../wallet/keyring.js';
import { createLog, type Log } from './log.js';
import { Node, type NodeEnd, type NodeOptions } from './node.js';
import { statusLine } from './status.js';

export interface RunOptions extends Omit<NodeOptions, 'log'> {
  logFile: string | undefined;
  controller: { repairBelow: number | undefined } | undefined;
  /** Called once the node serves; `status` says in a line how it is, from then on. */
  onReady(facts: { peer_id: string; addresses: string[] }, status: () => string): void;
  /** Called before it drains. */
  onStopping(): void;
}

/** A second signal does not wait for the drain. */
const FORCED_STATUS = 1;
/** What does not drain in this time is left to the next start, as after a kill. */
const DRAIN_MS_MAX = 10_000;

/**
 * Runs a node until a signal or `node stop` ends it, and drains: what is under way is finished, and closed. Throws
 * the Failure of a node that cannot go on. One that joined starts anew, in this process, on its new ledger.
 */
export async function runNode(options: RunOptions): Promise<void> {
  // Its user's slip of the pen is told before anything starts.
  if (options.controller) readPolicyFile(options.policy);
  const log = createLog(options.logFile);
  const stopping = new AbortController();
  let signalled = false;
  let end: (end: NodeEnd) => void = () => {};
  onSignals(
    () => {
      signalled = true;
      end('stopped');
    },
    () => process.exit(FORCED_STATUS),
  );
  let controller: { done: Promise<void> } | undefined;
  let keyring: Keyring | undefined;
  let status = () => '';
  for (let starts = 0, listen = options.listen; ; starts++) {
    const ended = new Promise<NodeEnd>((resolve) => {
      end = resolve;
    });
    const node = await Node.start(
      { ...options, takeOver: starts === 0 && (options.takeOver ?? false), keyring, listen, log },
      (why) => end(why),
    );
    status = () => statusLine(node.context);
    const { peerId } = node.context.network;
    const addresses = node.context.network.addresses();
    log.info({ home: options.home, network: options.params.name, peer: peerId, addresses }, 'the node serves');
    controller ??= options.controller && (await startController(options, log, stopping.signal));
    if (starts === 0) options.onReady({ peer_id: peerId, addresses }, () => status());
    // It may have come while no node ran.
    if (signalled) end('stopped');
    const why = await ended;
    if (why === 'joined' || why === 'restored') {
      keyring = node.context.wallet.unlocked ? node.context.wallet.keys() : undefined;
      await node.stop();
      listen = samePorts(listen, addresses);
      continue;
    }
    stopping.abort();
    log.info({}, 'stopping');
    options.onStopping();
    setTimeout(() => process.exit(isFailure(why) ? why.exitStatus : FORCED_STATUS), DRAIN_MS_MAX).unref();
    await node.stop();
    await controller?.done;
    if (isFailure(why)) throw why;
    return;
  }
}

/** Any port becomes the one that was found: peers know this node by it. */
function samePorts(listen: readonly string[], addresses: readonly string[]): string[] {
  const port = /\/tcp\/(\d+)/.exec(addresses[0] ?? '')?.[1];
  return listen.map((address) =>
    port && listen.length === 1 ? address.replace(/\/tcp\/0$/, `/tcp/${port}`) : address,
  );
}

function onSignals(first: () => void, second: () => void): void {
  let asked = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (asked) second();
      asked = true;
      first();
    });
  }
}

/** The same controller as in a process of its own, over the same socket. */
async function startController(options: RunOptions, log: Log, signal: AbortSignal): Promise<{ done: Promise<void> }> {
  const { rpc, journal, controller } = await openController({
    ...{ home: options.home, policy: options.policy, repairBelow: options.controller?.repairBelow },
    ...{ maxSpend: undefined, dryRun: false, staying: true, log },
  });
  return { done: followNode(rpc, controller, log, signal).finally(() => journal.close()) };
}
