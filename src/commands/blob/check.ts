import { bytes, operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import type { BlobCheckRecord } from '../../lib/cli/records.js';
import { missingText } from '../../lib/cli/roots.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

/** What a disk that also serves can spare. */
const RATE_BYTES = 100 * 1024 * 1024;

const COLUMNS: Column<BlobCheckRecord>[] = [
  { head: 'UUID', cell: (row) => row.uuid },
  { head: 'VERDICT', cell: (row) => (row.good ? 'good' : 'lost') },
  { head: 'REASON', cell: (row) => row.reason },
];

export default class BlobCheck extends Many {
  static override summary = "read blobs whole and hash them anew, or answer a challenge from a blob's bytes";
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'temporary', 'unreachable', 'lost'];
  static override examples = [
    'holdfast blob ls -q | holdfast blob check -',
    'holdfast blob check --all --rate 20MiB',
    'holdfast blob check --challenge "$nonce" blob.bin',
  ];
  static override args = { uuid: operands('a blob, or - to read UUIDs from stdin; with --challenge, a file') };
  static override flags = {
    all: Flags.boolean({ description: 'every blob on every disk of this node' }),
    rate: bytes({ description: 'with --all, read so many bytes a second; 0: as fast as it goes; 100MiB by default' }),
    challenge: Flags.string({
      description: "print the public key of this nonce's challenge; needs no node",
      helpValue: 'NONCE',
    }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(BlobCheck);
    if (flags.challenge !== undefined && flags.all) throw new Failure('usage', 'either --all or --challenge');
    if (flags.challenge !== undefined) return this.#answer(flags.challenge, args.uuid ?? []);
    if (flags.all) return this.#checkAll(args.uuid ?? [], flags.rate ?? RATE_BYTES);
    if (flags.rate !== undefined) throw new Failure('usage', '--rate is for --all');
    const rows = this.row({ columns: COLUMNS, id: (row: BlobCheckRecord) => row.uuid });
    await this.eachId(args.uuid, 'UUID', async (uuid) => {
      const check = await this.node.call('blob.check', { uuid });
      if (!check.good) this.verdict('lost');
      await rows.add({ type: 'blob-check', ...check });
    });
    await rows.end();
  }

  async #checkAll(operands: string[], rate: number): Promise<void> {
    if (operands.length > 0) throw new Failure('usage', '--all takes no operands');
    await this.list(this.#scrubbed(rate), { columns: COLUMNS, id: (row) => row.uuid });
  }

  async *#scrubbed(rate: number): AsyncGenerator<BlobCheckRecord> {
    const progress = await this.progress();
    let done = 0;
    try {
      for await (const record of this.node.records('blob.scrub', { rate })) {
        if ('type' in record) {
          this.caution(missingText(record));
          this.verdict('partial');
          continue;
        }
        progress.step('checking blobs', ++done);
        if (!record.good) this.verdict('lost');
        yield { type: 'blob-check', ...record };
      }
    } finally {
      progress.end();
    }
  }

  async #answer(nonce: string, files: string[]): Promise<void> {
    const [file] = files;
    if (file === undefined) throw new Failure('usage', 'missing operand: FILE', 'or - to read stdin');
    if (files.length > 1) throw new Failure('usage', 'a challenge is answered from one file');
    // The curve's library takes longer to load than the other checks take to run.
    const { answerChallenge } = await import('../../lib/cli/challenge.js');
    const record = await answerChallenge(nonce, file, this.paths.data);
    this.emit(record, record.key);
  }
}
