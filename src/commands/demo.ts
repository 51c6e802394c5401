import { Base } from '../lib/cli/base.js';
import { statusOfSignal, stopSignal } from '../lib/cli/daemon.js';
import { packageRoot, selfCommand } from '../lib/cli/layout.js';
import { Args, Flags } from '../lib/cli/oclif.js';
import type { FailureCode } from '../lib/util/errors.js';

export default class Demo extends Base {
  static override summary = 'show the main job, start to end, on a devnet';
  static override exits: readonly FailureCode[] = ['not-found', 'disk-full'];
  static override args = {
    file: Args.string({ description: 'the file to store, of more than 55 bytes', required: false, ignoreStdin: true }),
  };
  static override flags = {
    stewards: Flags.integer({
      description: 'how many nodes keep blobs',
      helpValue: 'N',
      default: 14,
      min: 12,
      max: 100,
    }),
    keep: Flags.boolean({ description: 'leave its directory behind' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Demo);
    const stop = stopSignal();
    const { runDemo } = await import('../lib/demo/run.js');
    const teller = this.common.json ? await this.jsonTeller() : await this.personTeller();
    try {
      const options = { file: args.file, packageRoot, self: selfCommand(), stewards: flags.stewards, keep: flags.keep };
      const sha256 = await runDemo({ ...options, teller, stop });
      teller.done(sha256);
    } catch (error) {
      if (!stop.aborted) throw error;
      process.exitCode = statusOfSignal(stop);
    } finally {
      teller.close();
    }
  }

  private async jsonTeller() {
    const { jsonTeller } = await import('../lib/demo/teller.js');
    return jsonTeller((record) => this.emit(record));
  }

  private async personTeller() {
    const { personTeller } = await import('../lib/demo/person.js');
    return personTeller(process.stdout);
  }
}
