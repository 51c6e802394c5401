import { followNode } from '../controller/follow.js';
import { openController } from '../controller/run.js';
import { createLog, type Log } from './log.js';
import { Node, type NodeOptions } from './node.js';

export interface RunOptions extends Omit<NodeOptions, 'log'> {
  logFile: string | undefined;
  controller: { repairBelow: number | undefined } | undefined;
  /** Called once the node serves. */
  onReady(facts: { peer_id: string; addresses: string[] }): void;
}

/** A second signal does not wait for the drain. */
const FORCED_STATUS = 1;
/** What does not drain in this time is left to the next start, as after a kill. */
const DRAIN_MS_MAX = 10_000;

/** Runs a node until a signal or `node stop` ends it, and drains: what is under way is finished, and closed. */
export async function runNode(options: RunOptions): Promise<void> {
  const log = createLog(options.logFile);
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  const stopped = new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve()));
  onSignals(stop, () => process.exit(FORCED_STATUS));
  const node = await Node.start({ ...options, log }, stop);
  const controller = options.controller && (await startController(options, log, stopping.signal));
  const { peerId } = node.context.network;
  const addresses = node.context.network.addresses();
  log.info({ home: options.home, network: options.params.name, peer: peerId, addresses }, 'the node serves');
  options.onReady({ peer_id: peerId, addresses });
  await stopped;
  log.info({}, 'stopping');
  setTimeout(() => process.exit(FORCED_STATUS), DRAIN_MS_MAX).unref();
  await node.stop();
  await controller?.done;
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
    ...{ home: options.home, repairBelow: options.controller?.repairBelow, maxSpend: undefined },
    ...{ dryRun: false, staying: true },
  });
  return { done: followNode(rpc, controller, log, signal).finally(() => journal.close()) };
}
