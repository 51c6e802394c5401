import { isValidPoint } from '../../crypto/scalar.js';
import { equal } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';
import { commitmentOf } from '../commitment.js';
import { enforce } from '../errors.js';
import { readAdvert, readBid } from '../state.js';
import type { Reveal, RevealTx } from '../types.js';
import { checkSigner } from './common.js';
import { type TxRun, takeFee } from './run.js';

export function validateReveal(run: TxRun<RevealTx>): void {
  const { tx, state, context } = run;
  const advert = readAdvert(state, tx.advert);
  enforce(advert !== undefined, 'advert-unknown');
  const bid = readBid(state, tx.advert, tx.from);
  enforce(bid !== undefined, 'bid-unknown');
  enforce(context.slot > advert.closes, 'reveal-early');
  enforce(context.slot <= advert.revealsUntil, 'reveal-late');
  enforce(bid.reveal === null, 'already-revealed');
  enforce(equal(commitmentOf(tx, tx.from, tx.advert), bid.commitment), 'commitment');
  enforce(tx.fee <= bid.deposit, 'insufficient');
  checkSigner(run, tx.from);
  enforce(isValidPoint(tx.payee), 'bad-key');
}

/** The fee comes out of the deposit: who bid needs no further coins to reveal. */
export function applyReveal(run: TxRun<RevealTx>): void {
  const { tx, txid, state } = run;
  takeFee(run);
  const bid = readBid(state, tx.advert, tx.from);
  invariant(bid, 'a validated bid is there');
  const reveal: Reveal = { price: tx.price, peer: tx.peer, payee: tx.payee, salt: tx.salt };
  state.setBid(tx.advert, tx.from, { ...bid, deposit: bid.deposit - tx.fee, reveal });
  run.events.push({ kind: 'reveal', advertId: tx.advert, account: tx.from, reveal, txid });
}
