import { Base } from '../../lib/cli/base.js';
import { operand } from '../../lib/cli/flags.js';
import { numberedLines } from '../../lib/cli/input.js';
import { Failure, type FailureCode } from '../../lib/util/errors.js';

/** More than a transaction may have, and less than the socket takes at once: the node says exactly what is too much. */
const LINE_MAX = 1_000_000;

export default class ChainSubmit extends Base {
  static override summary = 'hand signed transactions to the network';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'temporary', 'unreachable', 'funds'];
  static override examples = ['holdfast chain submit tx.signed'];
  static override args = { file: operand('signed transactions, one a line in hexadecimal, or - for stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(ChainSubmit);
    // Each is another's money: that one account has too little says nothing of the next.
    const hopeless = ['unreachable'] as const;
    const name = ({ number }: { number: number }) => `line ${number}`;
    const submit = async ({ line }: { line: string }) => {
      if (!/^(?:[0-9a-fA-F]{2})+$/.test(line)) throw new Failure('usage', 'not a transaction in hexadecimal');
      const record = await this.node.call('chain.submit', { tx: line });
      this.emit(record, record.txid);
    };
    await this.batch(numberedLines(args.file, LINE_MAX), submit, { name, hopeless });
  }
}
