import { itemsHash } from '../../crypto/items.js';
import { isValidPoint } from '../../crypto/scalar.js';
import { bountyId } from '../encoding.js';
import { enforce } from '../errors.js';
import { pushQueue } from '../queue.js';
import type { Address, Bounty, NewBounty, PostTx } from '../types.js';
import { checkSequence, checkSigner } from './common.js';
import { checkRemainder, debit, type TxRun, takeFee } from './run.js';

export function validatePost(run: TxRun<PostTx>): void {
  checkSequence(run, run.tx.from, run.tx.seq);
  const { minAccount, derived } = run.context.params;
  for (const bounty of run.tx.bounties) {
    enforce(bounty.amount >= minAccount, 'below-minimum');
    enforce(bounty.duration >= derived.claimWindowSlots && bounty.duration <= derived.cycleSlots, 'duration');
    enforce(bounty.payee !== null || bounty.items.length === 1, 'open-items');
  }
  checkSigner(run, run.tx.from);
  // Last, for it is the dearest check. A key without a scalar behind it could never be swept.
  for (const { key, payee } of run.tx.bounties) {
    enforce(isValidPoint(key) && (payee === null || isValidPoint(payee)), 'bad-key');
  }
}

/** As the ledger has it, posted by an account in a block of that slot. */
export function openedBounty(funder: Address, post: NewBounty, slot: number): Bounty {
  return {
    funder,
    payee: post.payee,
    amount: post.amount,
    itemsHash: itemsHash(post.items),
    key: post.key,
    opened: slot,
    expires: slot + post.duration,
  };
}

export function applyPost(run: TxRun<PostTx>): void {
  const { tx, txid, context } = run;
  takeFee(run);
  debit(
    run,
    tx.from,
    tx.bounties.reduce((sum, bounty) => sum + bounty.amount, tx.fee),
    'post',
    bountyId(txid, 0),
  );
  for (const [i, post] of tx.bounties.entries()) {
    const id = bountyId(txid, i);
    const bounty = openedBounty(tx.from, post, context.slot);
    run.state.setBounty(id, bounty);
    pushQueue(run.state, bounty.expires + context.params.derived.returnSlots, { kind: 'return', bounty: id });
    run.events.push({ kind: 'posted', bountyId: id, bounty, items: post.items, txid });
  }
  checkRemainder(run, tx.from);
}
