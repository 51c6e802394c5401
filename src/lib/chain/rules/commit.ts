import { equal } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';
import { enforce } from '../errors.js';
import { pushQueue } from '../queue.js';
import { readAdvert, readBarredUntil, readBid } from '../state.js';
import type { CommitTx } from '../types.js';
import { minDeposit } from './advert.js';
import { checkSequence, checkSigner } from './common.js';
import { checkRemainder, debit, type TxRun, takeFee } from './run.js';

export function validateCommit(run: TxRun<CommitTx>): void {
  const { tx, state, context } = run;
  checkSequence(run, tx.from, tx.seq);
  const advert = readAdvert(state, tx.advert);
  enforce(advert !== undefined, 'advert-unknown');
  enforce(context.slot <= advert.closes, 'advert-closed');
  enforce(readBid(state, tx.advert, tx.from) === undefined, 'already-bid');
  // The clearing skips these anyway: refused here, nobody's deposit is tied up for nothing.
  enforce(!advert.excluded.some((account) => equal(account, tx.from)), 'excluded');
  const barredUntil = readBarredUntil(state, tx.from);
  enforce(barredUntil === undefined || context.slot > barredUntil, 'barred');
  enforce(tx.deposit >= minDeposit(context.params, advert), 'deposit-low');
  checkSigner(run, tx.from);
}

export function applyCommit(run: TxRun<CommitTx>): void {
  const { tx, txid, state } = run;
  takeFee(run);
  debit(run, tx.from, tx.deposit + tx.fee, 'commit', tx.advert);
  checkRemainder(run, tx.from);
  const advert = readAdvert(state, tx.advert);
  invariant(advert, 'a validated advert is there');
  const number = advert.bids;
  const entry = { advert: tx.advert, account: tx.from, number };
  state.setAdvert(tx.advert, { ...advert, bids: number + 1 });
  state.setBidder(tx.advert, number, tx.from);
  state.setBid(tx.advert, tx.from, {
    account: tx.from,
    commitment: tx.commitment,
    deposit: tx.deposit,
    reveal: null,
  });
  pushQueue(state, advert.revealsUntil + 1, { kind: 'settle', ...entry });
  run.events.push({ kind: 'commit', advertId: tx.advert, account: tx.from, deposit: tx.deposit, txid });
}
