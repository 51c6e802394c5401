import { equal, toHex } from '../../util/bytes.js';
import { signingMessage } from '../encoding.js';
import { enforce } from '../errors.js';
import type { Params } from '../params.js';
import { readAccount } from '../state.js';
import type { Address, Hash, Tx } from '../types.js';
import type { BlockContext, TxRun } from './run.js';

/** Entries a transaction may add to the state, counted from the transaction alone. */
function newEntries(tx: Tx): number {
  switch (tx.kind) {
    case 'transfer':
      return tx.outputs.length;
    case 'post':
      return 2 * tx.bounties.length; // the bounty, its place in the expiry queue
    case 'advert':
      return 2; // the advert, its place in the queue
    case 'commit':
      return 4; // the bid, its number, its place in the queue, perhaps a bar
    case 'bond':
      return 2; // the bond, its number
    case 'unbond':
      return 2; // its place in the queue, perhaps an account
    case 'sweep':
    case 'revoke':
    case 'reveal':
    case 'rebond':
    case 'evidence':
      return 0; // an account at most for each object that leaves
  }
}

/** What a transaction costs the network, in bytes: its own, and what it leaves behind in the state. */
export function weightOf(params: Params, tx: Tx, byteLength: number): bigint {
  return BigInt(byteLength + params.entryWeight * newEntries(tx));
}

/** The named block is on this chain, and at most a cycle below. */
export function checkRef(context: BlockContext, tx: Tx): void {
  const { height, id } = tx.ref;
  enforce(height < context.height, 'ref-unknown');
  enforce(context.height - height <= context.params.cycleBlocks, 'ref-expired');
  const named = context.blockIdAt(height);
  enforce(named !== undefined && equal(named, id), 'ref-unknown');
}

/** One signature, by `from`. */
export function checkSigner(run: TxRun, from: Address): void {
  checkSignatures(run, [from]);
}

export function checkSignatures(run: TxRun, keys: readonly Hash[]): void {
  const message = signingMessage(run.tx, run.context.params.derived.genesisId, run.encoded);
  for (const [i, key] of keys.entries()) run.context.check(run.signatures[i]!, message, key);
}

/** The sender exists and uses exactly its next sequence number. */
export function checkSequence(run: TxRun, from: Address, seq: bigint): void {
  const account = readAccount(run.state, from);
  enforce(account !== undefined, 'account-unknown');
  if (run.context.defences?.sequence === false) return;
  enforce(seq >= account.seq, 'seq-low', () => `the next is ${account.seq}`);
  enforce(seq <= account.seq, 'seq-high', () => `the next is ${account.seq}`);
}

export function checkDistinct(ids: readonly Hash[]): void {
  enforce(new Set(ids.map(toHex)).size === ids.length, 'duplicate');
}
