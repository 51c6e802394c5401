import { LedgerError } from '../chain/errors.js';
import { type ReadTx, readTx } from '../chain/rules/apply.js';
import type { TxRecord } from '../rpc/records.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import { pendingTx } from './spend.js';
import { locateTx, txRecord } from './tx-lookup.js';

/**
 * Takes a transaction that somebody signed elsewhere: checked against the pool, written down so that it is
 * sent again until a block has it, and only then published. One that is in the pool or in a block already is
 * answered as such, and nothing is done. Throws a Failure with the rule that it breaks.
 */
export async function submitTx(context: Context, bytes: Uint8Array): Promise<TxRecord> {
  const read = tryRead(bytes);
  try {
    return await context.books.exclusive(() => take(context, read, bytes));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    // Refused as something new: it may be in a block, and what it spends gone for that.
    const found = await locateTx(context, read.id);
    if (!found?.at) throw refusal(error);
    return { ...txRecord(context, found), repeated: true };
  }
}

function tryRead(bytes: Uint8Array): ReadTx {
  try {
    return readTx(bytes);
  } catch (error) {
    if (error instanceof LedgerError) throw new Failure('usage', `not a signed transaction: ${error.message}`);
    throw error;
  }
}

async function take(context: Context, read: ReadTx, bytes: Uint8Array): Promise<TxRecord> {
  const { mempool, books, network, log } = context;
  const record = txRecord(context, { read, bytes, at: null });
  const { txid } = record;
  if (mempool.has(read.id)) return { ...record, repeated: true };
  mempool.add(bytes, currentSlot(context));
  const pending = books.pending.get(utf8(txid)) ?? pendingTx(context, { txid, bytes, tx: read.tx }, null);
  try {
    await books.commit([books.pending.put(utf8(txid), { ...pending, refusedHeight: null })]);
  } catch (error) {
    mempool.remove([read.id], currentSlot(context));
    throw error;
  }
  void network.publishTx(bytes);
  log.info({ txid, kind: read.tx.kind }, 'transaction submitted');
  return record;
}

/** What another block, or another transaction, may put right. */
const PASSING = new Set(['seq-high', 'pool-full', 'underpriced', 'ref-unknown', 'reveal-early', 'bounty-live']);
const FUNDS = new Set(['insufficient', 'account-unknown']);

function refusal({ rule, message }: LedgerError): Failure {
  const told = `the ledger refuses it: ${message}`;
  if (FUNDS.has(rule)) return new Failure('funds', told);
  if (PASSING.has(rule)) return new Failure('temporary', told, 'try again after the next block');
  if (rule === 'fee-low') return new Failure('failure', told, 'sign it again with a higher fee');
  return new Failure('failure', told);
}
