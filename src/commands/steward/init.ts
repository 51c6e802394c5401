import { Base } from '../../lib/cli/base.js';
import { bytes, days, dryRunFlag, price } from '../../lib/cli/flags.js';
import { Flags } from '../../lib/cli/oclif.js';
import { initSteward } from '../../lib/cli/steward-policy.js';
import { askTerms } from '../../lib/cli/steward-terms.js';
import { readPolicyFile } from '../../lib/store/policy-file.js';

export default class StewardInit extends Base {
  static override summary = 'decide what this machine stores for others, and for how much';
  static override examples = [
    'holdfast steward init',
    'holdfast steward init --price 2 --capacity 500GiB --reserve 50GiB --term 365d',
  ];
  static override flags = {
    price: price({ description: 'what keeping a GiB for 30 days costs here' }),
    capacity: bytes({ description: 'keep at most this much' }),
    reserve: bytes({ description: 'leave this much of the disk free' }),
    term: days({ description: 'the longest term' }),
    'min-size': bytes({ description: 'bid for no smaller blob' }),
    'max-size': bytes({ description: 'bid for no larger blob' }),
    prune: Flags.boolean({ description: 'delete what is paid for no more', allowNo: true }),
    yes: Flags.boolean({ description: 'ask nothing: what no flag says stays as it is' }),
    ...dryRunFlag,
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(StewardInit);
    const { price, capacity, reserve, term: termDays, prune } = flags;
    const sizes = { minSize: flags['min-size'], maxSize: flags['max-size'] };
    const given = { price, capacity, reserve, termDays, prune, ...sizes };
    const { policy: path } = this.paths;
    const { steward } = readPolicyFile(path).policies;
    const asked = flags.yes ? undefined : await askTerms(given, steward);
    const said = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const record = await initSteward(path, { ...asked, ...said }, flags['dry-run']);
    if (record.drain) this.caution('this machine drains: nothing is bid for before holdfast steward drain --off');
    this.emit(record, record.path);
  }
}
