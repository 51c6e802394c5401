import { dryRunFlag, operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class BlobRm extends Many {
  static override summary = 'give blobs up: no payment, no repair, and no copy here';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast blob rm "$uuid"', 'holdfast blob ls --state local -q | holdfast blob rm -n -'];
  static override args = { uuid: operands('a blob, or - to read UUIDs from stdin') };
  static override flags = { ...dryRunFlag };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BlobRm);
    const dryRun = flags['dry-run'];
    await this.eachId(args.uuid, 'UUID', async (uuid) => {
      this.emit(await this.node.call('blob.rm', { uuid, dryRun }), dryRun ? uuid : undefined);
    });
  }
}
