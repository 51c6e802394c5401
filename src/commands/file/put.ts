import { type Content, contents, counted } from '../../lib/cli/contents.js';
import { bytes, dryRunFlag, nulFlags, operands, passphraseFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { writeSecret } from '../../lib/cli/outfile.js';
import { parseShares } from '../../lib/cli/shares.js';
import { Spending } from '../../lib/cli/spending.js';
import type { FileRecord } from '../../lib/rpc/records.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

export default class FilePut extends Spending {
  static override summary = "encode a file, keep its blobs here, and print the blobs' UUIDs";
  static override exits: readonly FailureCode[] = [
    ...(['partial', 'not-found', 'temporary', 'unreachable', 'passphrase', 'disk-full'] as const),
  ];
  static override examples = [
    'tar c doc | holdfast file put --cap-file doc.cap - | holdfast blob advertise --max-price 2.5 --term 30d --yes -',
    'holdfast file put --json --from-command -- tar c /etc',
    "find . -name '*.iso' -print0 | holdfast file put --files0-from - --json",
  ];
  static override args = { file: operands('a file, or - for stdin') };
  static override flags = {
    shares: Flags.string({ description: 'needed/happy/total, or needed/total; 3/7/10 by default', helpValue: 'K/H/N' }),
    'segment-size': bytes({ description: 'cut the file into segments of at most this many bytes' }),
    'private-seal': Flags.boolean({ description: 'seal with a secret that whoever has the Tahoe cap lacks' }),
    'allow-empty': Flags.boolean({ description: 'take empty content from stdin or a command' }),
    'from-command': Flags.boolean({ description: 'store what the command after -- prints, unless it fails' }),
    'cap-file': Flags.string({
      description: 'write the cap here, mode 0600; of several files, a line each',
      helpValue: 'FILE',
    }),
    name: Flags.string({ description: "the file's name in the catalog", helpValue: 'NAME' }),
    ...nulFlags,
    ...dryRunFlag,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FilePut);
    const shape = parseShares(this.settings.get('shares', flags.shares)!);
    const items = contents(args.file, flags, this.argv);
    await this.unlockFirst(flags);
    const progress = await this.progress();
    const caps: string[] = [];
    const put = async ({ name, called, body, isFile }: Content) => {
      const params = {
        ...shape,
        name,
        segmentSize: flags['segment-size'],
        privateSeal: flags['private-seal'],
        allowEmpty: isFile || flags['allow-empty'],
        dryRun: flags['dry-run'],
      };
      const record = await this.node.upload('file.put', params, counted(body, progress, `storing ${called}`));
      progress.end();
      if (record.cap !== undefined && flags['cap-file'] !== undefined) {
        caps.push(record.cap);
        await writeSecret(flags['cap-file'], `${caps.join('\n')}\n`);
      }
      this.#tell(record, flags['cap-file'] !== undefined);
    };
    await this.batch(items, put, { name: ({ called }) => called });
  }

  #tell(record: FileRecord, capIsKept: boolean): void {
    const toTerminal = process.stderr.isTTY && !this.common.quiet;
    const lost = record.cap !== undefined && record.blobs.length === 0 && !capIsKept && !toTerminal;
    if (lost && !this.common.json) {
      throw new Failure(
        'usage',
        'a file this small is kept in its cap alone, and the cap has nowhere to go',
        'add --cap-file FILE, or --json',
      );
    }
    if (this.common.json) this.emit(record);
    else for (const uuid of record.blobs) this.emit(record, uuid);
    if (record.cap !== undefined && !capIsKept) this.note(record.cap);
  }
}
