import { Base } from '../../lib/cli/base.js';
import { controllerFlags } from '../../lib/cli/controller-flags.js';
import { stopSignal, tellReady, waitingForLock } from '../../lib/cli/daemon.js';
import { parseDuration } from '../../lib/util/durations.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class ControllerStart extends Base {
  static override summary = 'settle accounts for as long as the node runs';
  static override exits: readonly FailureCode[] = ['unreachable', 'locked', 'passphrase'];
  static override flags = controllerFlags;

  async run(): Promise<void> {
    const { flags } = await this.parse(ControllerStart);
    const stopping = stopSignal();
    const { runController } = await import('../../lib/controller/run.js');
    const { data: home, policy } = this.paths;
    const { 'repair-below': repairBelow, 'max-spend': maxSpend, barter } = flags;
    const settings = { home, policy, repairBelow, maxSpend, barter };
    const log = {
      info: (details: object, message: string) => this.writeLog('info', details, message),
      warn: (details: object, message: string) => this.writeLog('warn', details, message),
    };
    await waitingForLock(parseDuration(this.settings.get('wait_lock', flags['wait-lock'])!), () =>
      runController(settings, log, stopping, () => tellReady({})),
    );
  }

  /** NDJSON on stderr, as the node logs. */
  private writeLog(level: string, details: object, msg: string): void {
    process.stderr.write(`${JSON.stringify({ level, time: new Date().toISOString(), ...details, msg })}\n`);
  }
}
