import { resolve } from 'node:path';
import { Base } from '../../lib/cli/base.js';
import { dryRunFlag } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import { missingText } from '../../lib/cli/roots.js';
import type { MoveRecord, RootRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

const COLUMNS: Column<MoveRecord>[] = [
  { head: 'UUID', cell: (row) => row.uuid },
  { head: 'BYTES', cell: (row) => row.bytes, align: 'right' },
  { head: 'STATUS', cell: (row) => row.status },
  { head: 'FROM', cell: (row) => row.from },
  { head: 'TO', cell: (row) => row.to },
  { head: 'REASON', cell: (row) => row.reason },
];

const dirFlag = Flags.custom<string>({ parse: async (text) => resolve(text), helpValue: 'DIR' });

export default class StewardMove extends Base {
  static override summary = 'take the blobs to another disk; again, to go on where it was cut off';
  static override exits: readonly FailureCode[] = [
    ...(['partial', 'not-found', 'temporary', 'unreachable', 'locked', 'disk-full', 'lost'] as const),
  ];
  static override examples = [
    'holdfast steward move --to /mnt/disk2/blobs',
    "holdfast steward move -n --to /mnt/disk2/blobs --json | jq -s 'map(.bytes)|add'",
  ];
  static override flags = {
    to: dirFlag({ description: 'the directory that takes them; it is attached if it was not', required: true }),
    from: dirFlag({ description: 'empty this one only; all others by default' }),
    ...dryRunFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StewardMove);
    const params = { to: flags.to, from: flags.from, dryRun: flags['dry-run'] };
    const moves = this.#watched(this.node.records('steward.move', params));
    await this.list(moves, { columns: COLUMNS, id: (row) => row.uuid });
  }

  /** The verdict is the worst of all. What became of disks that are missing is told apart. */
  async *#watched(records: AsyncIterable<MoveRecord | RootRecord>): AsyncGenerator<MoveRecord> {
    const progress = await this.progress();
    let done = 0;
    try {
      for await (const record of records) {
        if (record.type === 'root') {
          this.caution(missingText(record));
          this.verdict('partial');
          continue;
        }
        progress.step('moving blobs', ++done);
        if (record.status === 'corrupt') this.verdict('lost');
        if (record.status === 'failed') this.verdict('partial');
        yield record;
      }
    } finally {
      progress.end();
    }
  }
}
