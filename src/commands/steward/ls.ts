import { Base } from '../../lib/cli/base.js';
import { collect } from '../../lib/cli/input.js';
import { missingText, ROOT_COLUMNS } from '../../lib/cli/roots.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class StewardLs extends Base {
  static override summary = 'list the directories of blobs and shares, and what is on them';
  static override exits: readonly FailureCode[] = ['partial', 'unreachable'];
  static override examples = [
    'holdfast steward ls',
    'holdfast steward ls --json | jq -r \'select(.state=="missing").path\'',
  ];

  async run(): Promise<void> {
    await this.parse(StewardLs);
    const roots = await collect(this.node.records('steward.ls', {}));
    await this.list(roots, { columns: ROOT_COLUMNS, id: (row) => row.path });
    for (const root of roots.filter(({ state }) => state === 'missing')) {
      this.caution(missingText(root));
      this.verdict('partial');
    }
  }
}
