import { resolve } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { bytes, operand } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class StewardAttach extends Base {
  static override summary = "keep blobs on another disk, or serve a Tahoe server's shares in place";
  static override exits: readonly FailureCode[] = ['not-found', 'temporary', 'unreachable', 'disk-full'];
  static override examples = [
    'holdfast steward attach --blobs --reserve 20GiB /mnt/disk2/blobs',
    'holdfast steward attach ~/.tahoe/storage/shares',
  ];
  static override args = { dir: operand('a directory') };
  static override flags = {
    blobs: Flags.boolean({ description: 'keep blobs of this node there' }),
    capacity: bytes({ description: 'keep so many bytes there at the most; 0: as many as the disk takes' }),
    reserve: bytes({ description: 'leave so many bytes of its disk free' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(StewardAttach);
    const { blobs = false, capacity, reserve } = flags;
    const dir = resolve(args.dir);
    const limits = { capacity: capacity === 0 ? null : capacity, reserve };
    const record = await this.node.call('steward.attach', { dir, blobs, ...limits });
    this.emit(record, record.path);
  }
}
