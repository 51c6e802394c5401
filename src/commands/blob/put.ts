import { type Content, contents, counted } from '../../lib/cli/contents.js';
import { nulFlags, operands, passphraseFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { Spending } from '../../lib/cli/spending.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class BlobPut extends Spending {
  static override summary = 'keep bytes here as they are, and print their UUID';
  static override exits: readonly FailureCode[] = [
    ...(['partial', 'not-found', 'temporary', 'unreachable', 'passphrase', 'disk-full'] as const),
  ];
  static override examples = [
    'uuid=$(holdfast blob put backup.age)',
    'pg_dump shop | age -r "$key" | holdfast blob put -',
  ];
  static override args = { file: operands('a file, or - for stdin') };
  static override flags = {
    'allow-empty': Flags.boolean({ description: 'take empty content' }),
    'from-command': Flags.boolean({ description: 'store what the command after -- prints, unless it fails' }),
    name: Flags.string({ description: "the blob's name here", helpValue: 'NAME' }),
    ...nulFlags,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BlobPut);
    const items = contents(args.file, flags, this.argv);
    await this.unlockFirst(flags);
    const progress = await this.progress();
    const put = async ({ name, called, body }: Content) => {
      const params = { name, allowEmpty: flags['allow-empty'] };
      const record = await this.node.upload('blob.put', params, counted(body, progress, `storing ${called}`));
      progress.end();
      this.emit(record, record.uuid);
    };
    await this.batch(items, put, { name: ({ called }) => called });
  }
}
