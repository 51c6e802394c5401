import { capLines, tahoePart } from '../../lib/cli/caps.js';
import { happyFlag, offlineFlags, operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import { checkOffline } from '../../lib/cli/offline-check.js';
import type { Column } from '../../lib/cli/output.js';
import { parseCap } from '../../lib/codec/caps.js';
import type { CheckRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const COLUMNS: Column<CheckRecord>[] = [
  { head: 'STORAGE INDEX', cell: (row) => row.storage_index ?? 'LIT' },
  { head: 'VERDICT', cell: (row) => row.verdict },
  { head: 'GOOD', cell: (row) => row.good, align: 'right' },
  { head: 'NEEDED', cell: (row) => row.needed, align: 'right' },
  { head: 'HAPPY', cell: (row) => row.happy, align: 'right' },
  { head: 'TOTAL', cell: (row) => row.total, align: 'right' },
];

export default class FileCheck extends Many {
  static override summary = 'fetch and verify the shares of files, and say how many are good';
  static override exits: readonly FailureCode[] = [
    'partial',
    'not-found',
    'temporary',
    'unreachable',
    'degraded',
    'lost',
  ];
  static override examples = [
    'cat caps/*.cap | holdfast file check --json - | jq -r "select(.good<.happy).storage_index"',
    'holdfast file check --offline --from /media will.cap',
  ];
  static override args = { capfile: operands('a file of caps, one a line, or - for stdin') };
  static override flags = {
    ...offlineFlags,
    ...happyFlag,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(FileCheck);
    const { from, happy } = flags;
    const rows = this.row({ columns: COLUMNS, id: (row: CheckRecord) => row.storage_index ?? 'LIT' });
    const onBadCopy = (path: string, reason: string) =>
      this.caution(`${path}, a copy of a good share, is bad: ${reason}`);
    const check = async ({ cap }: { cap: string }) => {
      const record =
        from === undefined
          ? await this.node.call('file.check', { cap, happy })
          : await checkOffline(from, parseCap(tahoePart(cap)), { happy, onBadCopy });
      if (record.verdict !== 'healthy') this.verdict(record.verdict);
      await rows.add(record);
      for (const { share, reason } of record.shares.filter(({ good }) => !good)) {
        this.note(`${record.storage_index}: share ${share}: ${reason}`);
      }
    };
    await this.batch(capLines(args.capfile), check, { name: ({ at }) => at });
    await rows.end();
  }
}
