import { isValidPoint } from '../../crypto/scalar.js';
import { ceilDiv, GIB } from '../../util/amounts.js';
import { enforce } from '../errors.js';
import type { Params } from '../params.js';
import { pushQueue } from '../queue.js';
import type { Advert, AdvertTx } from '../types.js';
import { checkSequence, checkSigner } from './common.js';
import { checkRemainder, debit, type TxRun, takeFee } from './run.js';

/**
 * Four network days of all lots at the reserve price, in grains, consumed into the fee pool: living on
 * stewards' grace with ever new keys costs more than paying them (PROTOCOL §11, row 9).
 */
export function advertFee(advert: Pick<Advert, 'lots' | 'size' | 'reserve'>): bigint {
  return ceilDiv(4n * advert.reserve * BigInt(advert.size) * BigInt(advert.lots), GIB);
}

/** The least deposit with a bid: what a lot is worth for one network day, and never dust. */
export function minDeposit(params: Params, advert: Pick<Advert, 'size' | 'reserve'>): bigint {
  const day = ceilDiv(advert.reserve * BigInt(advert.size), GIB);
  if (day < params.minAccount) return params.minAccount;
  return day;
}

export function validateAdvert(run: TxRun<AdvertTx>): void {
  const { tx, context } = run;
  checkSequence(run, tx.from, tx.seq);
  const open = tx.closes - context.slot;
  enforce(open >= context.params.auctionSlots && open <= context.params.derived.cycleSlots, 'closes');
  checkSigner(run, tx.from);
  enforce(isValidPoint(tx.contact), 'bad-key');
}

export function applyAdvert(run: TxRun<AdvertTx>): void {
  const { tx, txid, context } = run;
  takeFee(run, run.baseCost + advertFee(tx));
  debit(run, tx.from, tx.fee, 'advert', txid);
  checkRemainder(run, tx.from);
  const { from, lots, size, term, reserve, closes, contact, excluded } = tx;
  const { claimWindowSlots, returnSlots } = context.params.derived;
  const revealsUntil = closes + claimWindowSlots;
  const opened = context.slot;
  const advert: Advert = { from, lots, size, term, reserve, opened, closes, revealsUntil, contact, excluded, bids: 0 };
  run.state.setAdvert(txid, advert);
  pushQueue(run.state, revealsUntil + returnSlots, { kind: 'forget-advert', advert: txid });
  run.events.push({ kind: 'advert', advertId: txid, advert, txid });
}
