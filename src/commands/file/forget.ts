import { Base } from '../../lib/cli/base.js';
import { refuseCapOperand } from '../../lib/cli/caps.js';
import { operands } from '../../lib/cli/flags.js';
import { shown } from '../../lib/cli/ids.js';
import { operandWords } from '../../lib/cli/input.js';
import type { FailureCode } from '../../lib/util/errors.js';

export default class FileForget extends Base {
  static override summary = 'take files out of the catalog; their blobs are paid for no more';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast file forget 5mwuz5yxisqrnhtrsljs7wkyb4', 'holdfast file forget - < old.cap'];
  static override args = { file: operands('a storage index, or - to read them, or caps, from stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(FileForget);
    args.file?.forEach(refuseCapOperand);
    const forget = async (file: string) => this.emit(await this.node.call('file.forget', { file }));
    await this.batch(operandWords(args.file, { called: 'FILE' }), forget, { name: shown });
  }
}
