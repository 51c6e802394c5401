import { Base } from '../../lib/cli/base.js';
import { controllerFlags } from '../../lib/cli/controller-flags.js';
import { stopSignal, tellReady, waitingForLock } from '../../lib/cli/daemon.js';
import { findSupervisor } from '../../lib/cli/sd-notify.js';
import { parseDuration } from '../../lib/util/durations.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class ControllerStart extends Base {
  static override summary = 'settle accounts for as long as the node runs';
  static override exits: readonly FailureCode[] = ['unreachable', 'locked', 'passphrase'];
  static override flags = controllerFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ControllerStart);
    const supervisor = findSupervisor(process.env, process.pid);
    const stopping = stopSignal();
    stopping.addEventListener('abort', () => supervisor.stopping(), { once: true });
    const { runController } = await import('../../lib/controller/run.js');
    const { data: home, policy } = this.paths;
    const { 'repair-below': repairBelow, 'max-spend': maxSpend, barter } = flags;
    const settings = { home, policy, repairBelow, maxSpend, barter };
    let last = 'nothing was to be done yet';
    const writing = (level: string) => (details: object, message: string) => {
      last = [message, 'act' in details ? details.act : undefined].filter(Boolean).join(': ');
      this.writeLog(level, details, message);
    };
    const log = { info: writing('info'), warn: writing('warn') };
    await waitingForLock(parseDuration(this.settings.get('wait_lock', flags['wait-lock'])!), () =>
      runController(settings, log, stopping, () => {
        tellReady({});
        supervisor.ready(() => last);
      }),
    );
  }

  /** NDJSON on stderr, as the node logs. */
  private writeLog(level: string, details: object, msg: string): void {
    process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...details, msg })}\n`);
  }
}
