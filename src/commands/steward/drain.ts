import { Base } from '../../lib/cli/base.js';
import { dryRunFlag } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import type { Column } from '../../lib/cli/output.js';
import type { DrainRecord } from '../../lib/cli/records.js';
import { writeTerms } from '../../lib/cli/steward-policy.js';
import type { StewardTotals } from '../../lib/rpc/results.js';
import { Failure } from '../../lib/util/errors.js';

const FIELDS: Column<DrainRecord>[] = [
  { head: 'drain', cell: (row) => row.drain },
  { head: 'blobs', cell: (row) => row.blobs },
  { head: 'contracts', cell: (row) => row.contracts },
  { head: 'last_end', cell: (row) => row.last_end },
];

export default class StewardDrain extends Base {
  static override summary = 'bid no more, and let the contracts run out';
  static override examples = ['holdfast steward drain', 'holdfast steward drain --off'];
  static override flags = {
    off: Flags.boolean({ description: 'bid again' }),
    ...dryRunFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StewardDrain);
    const { drain } = await writeTerms(this.paths.policy, { drain: !flags.off }, flags['dry-run']);
    const totals = await this.#totals();
    const { blobs = null, contracts = null, last_end_slot = null, last_end = null } = totals ?? {};
    this.show({ type: 'drain', drain, blobs, contracts, last_end_slot, last_end } satisfies DrainRecord, FIELDS);
  }

  /** The policy is the file's: that the node is not there keeps nobody from deciding. */
  async #totals(): Promise<StewardTotals | undefined> {
    try {
      return await this.node.call('steward.totals', {});
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'unreachable') throw error;
      this.caution('the node cannot be reached, so that nobody knows when the last contract ends');
      return undefined;
    }
  }
}
