import { detailColumns } from '../../lib/cli/detail-columns.js';
import { operands } from '../../lib/cli/flags.js';
import { Many } from '../../lib/cli/many.js';
import type { Column } from '../../lib/cli/output.js';
import type { TxRecord } from '../../lib/rpc/records.js';
import type { FailureCode } from '../../lib/util/errors.js';

function fieldsOf(record: TxRecord): Column<TxRecord>[] {
  const { type: _type, details, ...fields } = record;
  const { kind: _kind, ...does } = details ?? { kind: record.kind };
  return [...detailColumns<TxRecord>(fields), ...detailColumns<TxRecord>(does)];
}

export default class ChainTx extends Many {
  static override summary = 'show where transactions are, and what they do';
  static override exits: readonly FailureCode[] = ['partial', 'not-found', 'unreachable'];
  static override examples = ['holdfast chain tx "$txid"', 'holdfast chain tx --json - < txids | jq -r .status'];
  static override args = { txid: operands('a transaction, or - to read ids from stdin') };

  async run(): Promise<void> {
    const { args } = await this.parse(ChainTx);
    await this.eachId(args.txid, 'txid', async (txid) => {
      const record = await this.node.call('chain.tx', { txid });
      this.show(record, fieldsOf(record), record.txid);
    });
  }
}
