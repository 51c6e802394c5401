import { detailColumns } from '../../lib/cli/detail-columns.js';
import { operands } from '../../lib/cli/flags.js';
import { parseId, shown } from '../../lib/cli/ids.js';
import { operandWords } from '../../lib/cli/input.js';
import { Many } from '../../lib/cli/many.js';
import type { Column } from '../../lib/cli/output.js';
import type { BlockRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

function fieldsOf(record: BlockRecord): Column<BlockRecord>[] {
  const { type: _type, transactions, ...fields } = record;
  const txs = (transactions ?? []).map(({ txid, kind }): Column<BlockRecord> => {
    return { head: 'transaction', cell: () => `${txid} ${kind}` };
  });
  return [...detailColumns<BlockRecord>(fields), ...txs];
}

export default class ChainBlock extends Many {
  static override summary = 'show blocks in full, with the ids of their transactions';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast chain block 1000', 'holdfast chain tail -q -n 5 | holdfast chain block -'];
  static override args = { block: operands('a height or an id, or - to read them from stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(ChainBlock);
    const words = operandWords(args.block, { called: 'BLOCK' });
    const show = async (word: string) => {
      const block = /^\d{1,15}$/.test(word) ? Number(word) : parseId(word, 'height or id');
      const record = await this.node.call('chain.block', { block });
      this.show(record, fieldsOf(record), record.id);
    };
    await this.batch(words, show, { name: shown });
  }
}
