import { Base } from '../../lib/cli/base.js';
import { oneCap } from '../../lib/cli/caps.js';
import { counted } from '../../lib/cli/contents.js';
import { operand, rangeFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { writeOut } from '../../lib/cli/outfile.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class FileGet extends Base {
  static override summary = 'restore a file from its cap alone';
  static override exits: readonly FailureCode[] = ['not-found', 'temporary', 'unreachable', 'disk-full', 'lost'];
  static override examples = [
    'holdfast file get - < etc.cap | tar x -C /restore',
    'holdfast file get --out doc.tar doc.cap',
    'holdfast file get --offset 1GiB --length 4096 disk.cap | file -',
  ];
  static override args = { capfile: operand('the file that holds the cap, or - for stdin') };
  static override flags = {
    out: Flags.string({
      description: 'write the file here, whole or not at all; stdout by default',
      helpValue: 'FILE',
    }),
    ...rangeFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FileGet);
    const { offset, length } = flags;
    const cap = await oneCap(args.capfile);
    const progress = await this.progress();
    const { size, body } = await this.node.download('file.get', { cap, offset, length });
    const watched = counted(body, progress, 'restoring', size);
    try {
      if (flags.out === undefined) await this.bytes(watched);
      else await writeOut(flags.out, watched);
    } finally {
      progress.end();
    }
  }
}
