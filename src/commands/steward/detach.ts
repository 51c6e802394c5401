import { resolve } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { operand } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class StewardDetach extends Base {
  static override summary = 'forget a directory of blobs or shares; its files stay';
  static override exits: readonly FailureCode[] = ['not-found', 'temporary', 'unreachable'];
  static override examples = ['holdfast steward detach /mnt/disk2/blobs'];
  static override args = { dir: operand('an attached directory') };
  static override flags = {
    lost: Flags.boolean({ description: 'whatever blobs it holds, or held: they count as lost' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StewardDetach);
    this.emit(await this.node.call('steward.detach', { dir: resolve(args.dir), lost: flags.lost }));
  }
}
