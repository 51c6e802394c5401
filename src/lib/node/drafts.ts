import { encodeSignedTx } from '../chain/encoding.js';
import { readTx } from '../chain/rules/apply.js';
import { checkNone } from '../chain/signatures.js';
import type { Address, TransferTx } from '../chain/types.js';
import { parseAddress } from '../crypto/address.js';
import type { MethodParams } from '../rpc/methods.js';
import type { DraftRecord } from '../rpc/wallet-records.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { draftRecord } from '../wallet/draft.js';
import { type Context, currentSlot } from './context.js';
import { complete, costOf, explain, withinLimit } from './spend.js';

const MEMO_BYTES_MAX = 64;
const UNSIGNED = new Uint8Array(64);

/**
 * A transfer that somebody signs elsewhere. Nothing is kept of it: until it is submitted, a second draft of the
 * account has the same sequence number, and one of the two will be included. What the ledger would refuse now, but
 * for the signature, is refused here.
 */
export async function draftTransfer(context: Context, params: MethodParams<'wallet.draft'>): Promise<DraftRecord> {
  const to = parseAddress(params.to);
  const memo = utf8(params.memo ?? '');
  if (memo.length > MEMO_BYTES_MAX) throw new Failure('usage', `a memo is at most ${MEMO_BYTES_MAX} bytes`);
  const from = params.from === undefined ? await mainAccount(context) : parseAddress(params.from);
  return context.books.exclusive(async () => {
    const outputs = [{ to, amount: params.amount }];
    const tx = complete(context, { draft: { kind: 'transfer', from, outputs, memo } }) as TransferTx;
    withinLimit(costOf(tx), params.maxSpend);
    tryOut(context, tx);
    const { fee, seq, ref } = tx;
    const network = context.params.derived.genesisId;
    return draftRecord({ network, from, to, amount: params.amount, fee, seq, ref, memo });
  });
}

/** The books know it since the wallet was first opened: a draft needs no key. */
async function mainAccount({ books, wallet }: Context): Promise<Address> {
  if (wallet.unlocked) return wallet.main;
  for await (const [, account] of books.accounts.entries()) {
    if (account.kind === 'main' && account.index === 0) return account.address;
  }
  if ((await wallet.state()) === 'locked') return wallet.main;
  throw new Failure('not-found', 'there is no wallet here', 'name the account that pays with --from ADDRESS');
}

function tryOut(context: Context, tx: TransferTx): void {
  const bytes = encodeSignedTx({ tx, signatures: [UNSIGNED] });
  const read = readTx(bytes);
  try {
    context.mempool.take(read, bytes, currentSlot(context), checkNone);
  } catch (error) {
    throw explain(error);
  }
  context.mempool.remove([read.id], currentSlot(context));
}
