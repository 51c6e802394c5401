import { slotStartMs } from '../chain/params.js';
import { type ReadTx, readTx } from '../chain/rules/apply.js';
import type { Hash } from '../chain/types.js';
import { formatAddress } from '../crypto/address.js';
import { describeTx } from '../rpc/describe.js';
import type { TxRecord } from '../rpc/records.js';
import { equal, toHex, utf8 } from '../util/bytes.js';
import { rfc3339 } from '../util/clock.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import { findIncluded, type Included, includedIn } from './tx-index.js';

/** Where a transaction is: null at: it waits. */
interface Located {
  read: ReadTx;
  bytes: Uint8Array;
  at: Included | null;
}

const LOOKS_MAX = 3;

/**
 * In the pool, among this wallet's that wait to be sent again, in the last cycle's blocks, or, if it moved
 * this wallet's tokens, in any block whose body is held.
 */
export async function locateTx(context: Context, id: Hash): Promise<Located | undefined> {
  const { ledger } = context;
  for (let look = 0; look < LOOKS_MAX; look++) {
    const tip = ledger.tip.id;
    const found = await locate(context, id);
    // Where blocks changed meanwhile it may have gone from where was still to be looked to where had been.
    if (found || equal(tip, ledger.tip.id)) return found;
  }
  return undefined;
}

async function locate({ books, ledger, mempool }: Context, id: Hash): Promise<Located | undefined> {
  const pooled = mempool.get(id);
  if (pooled) return { read: readTx(pooled.bytes), bytes: pooled.bytes, at: null };
  const at = await findIncluded(books.db, ledger, id);
  if (at) return { ...at, at };
  const txid = toHex(id);
  const waiting = books.pending.get(utf8(txid));
  if (waiting?.includedHeight === null) return { read: readTx(waiting.bytes), bytes: waiting.bytes, at: null };
  for await (const [, line] of books.history.entries({ reverse: true })) {
    if (line.txid !== txid) continue;
    const old = await includedIn(ledger, line.height, id);
    if (old) return { ...old, at: old };
    throw new Failure('not-found', `transaction ${txid} is in block ${line.height}, whose body is pruned`);
  }
  return undefined;
}

export function txRecord(context: Context, { read, bytes, at }: Located): TxRecord {
  const { tx, id } = read;
  return {
    type: 'tx',
    txid: toHex(id),
    kind: tx.kind,
    fee_grains: tx.fee.toString(),
    ...(at ? placeOf(context, at) : { status: 'pending' as const, ...NOWHERE }),
    bytes: bytes.length,
    from: 'from' in tx ? formatAddress(tx.from) : null,
    seq: 'seq' in tx ? tx.seq.toString() : null,
    ref_height: tx.ref.height,
    ref: toHex(tx.ref.id),
    details: describeTx(tx, id),
  };
}

const NOWHERE = { height: null, block: null, position: null, depth: null, slot: null, time: null };

function placeOf({ ledger, params }: Context, { height, block, position }: Included) {
  const depth = ledger.tip.height - height;
  const status = depth >= params.settleDepth ? ('settled' as const) : ('included' as const);
  const slot = ledger.header(block)!.slot;
  return { status, height, block: toHex(block), position, depth, slot, time: rfc3339(slotStartMs(params, slot)) };
}
