import { capLines, tahoePart } from '../../lib/cli/caps.js';
import { dryRunFlag, happyFlag, offlineFlags, operands, passphraseFlags } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { repairOffline } from '../../lib/cli/offline-repair.js';
import { Spending } from '../../lib/cli/spending.js';
import { parseCap } from '../../lib/codec/caps.js';
import type { RepairRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class FileRepair extends Spending {
  static override summary = 'rebuild the shares of files that are missing or bad';
  static override exits: readonly FailureCode[] = [
    'partial',
    'not-found',
    'temporary',
    'unreachable',
    'passphrase',
    'disk-full',
    'degraded',
    'lost',
  ];
  static override examples = [
    'holdfast file repair doc.cap | holdfast blob advertise --max-price 2.5 --term 30d --yes -',
    'holdfast file repair --offline --from /media will.cap',
  ];
  static override args = { capfile: operands('a file of caps, one a line, or - for stdin') };
  static override flags = {
    ...offlineFlags,
    out: Flags.string({
      description: 'with --offline, write the shares into this directory instead',
      helpValue: 'DIR',
      dependsOn: ['offline'],
    }),
    all: Flags.boolean({
      description: 'rebuild, too, what stewards are paid for that do not answer now',
      exclusive: ['offline'],
    }),
    ...happyFlag,
    ...dryRunFlag,
    ...passphraseFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FileRepair);
    const { from, out, all, happy } = flags;
    const dryRun = flags['dry-run'] === true;
    const repair = async ({ cap }: { cap: string }) => {
      const record =
        from === undefined
          ? await this.call('file.repair', { cap, happy, all, dryRun }, flags)
          : await repairOffline(parseCap(tahoePart(cap)), { from, out, happy, dryRun });
      if (record.verdict_after !== 'healthy') this.verdict(record.verdict_after);
      this.#tell(record);
    };
    await this.batch(capLines(args.capfile), repair, { name: ({ at }) => at });
  }

  #tell(record: RepairRecord): void {
    if (this.common.json) this.emit(record);
    else for (const { share, uuid } of record.rebuilt) this.emit(record, uuid ?? String(share));
    const done = record.rebuilt.length === 0 ? 'nothing' : `${record.rebuilt.length} shares`;
    const verb = record.planned ? 'to rebuild' : 'rebuilt';
    this.note(`${record.storage_index ?? 'LIT'}: ${record.verdict}, ${done} ${verb}, now ${record.verdict_after}`);
  }
}
