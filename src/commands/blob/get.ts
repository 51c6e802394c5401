import { Base } from '../../lib/cli/base.js';
import { counted } from '../../lib/cli/contents.js';
import { operand } from '../../lib/cli/flags.js';
import { parseId } from '../../lib/cli/ids.js';
import { oneWord } from '../../lib/cli/input-word.js';
import { Flags } from '../../lib/cli/oclif.js';
import { writeOut } from '../../lib/cli/outfile.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class BlobGet extends Base {
  static override summary = 'write out the bytes of a blob, from here or from its steward';
  static override exits: readonly FailureCode[] = ['not-found', 'temporary', 'unreachable', 'disk-full', 'lost'];
  static override examples = ['holdfast blob get "$uuid" | sha256sum', 'holdfast blob get --out backup.age "$uuid"'];
  static override args = { uuid: operand('the blob, or - to read its UUID from stdin') };
  static override flags = {
    out: Flags.string({ description: 'write them here, all or none; to stdout by default', helpValue: 'FILE' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BlobGet);
    const uuid = parseId(await oneWord(args.uuid, 'UUID'), 'UUID');
    const progress = await this.progress();
    const { size, body } = await this.node.download('blob.get', { uuid });
    const watched = counted(body, progress, 'reading', size);
    try {
      if (flags.out === undefined) await this.bytes(watched);
      else await writeOut(flags.out, watched);
    } finally {
      progress.end();
    }
  }
}
