import { isValidPoint } from '../../crypto/scalar.js';
import { ceilDiv, GIB } from '../../util/amounts.js';
import { enforce } from '../errors.js';
import type { Params } from '../params.js';
import { pushQueue } from '../queue.js';
import type { Advert, AdvertTx } from '../types.js';
import { checkSequence, checkSigner } from './common.js';
import { checkRemainder, debit, type TxRun, takeFee } from './run.js';

/**
 * As many network days of all lots at the reserve price as its owner may be in debt for, in grains, consumed into the
 * fee pool: living on stewards' grace with ever new keys costs no less than paying them (PROTOCOL §11, row 9).
 */
export function advertFee(advert: Pick<Advert, 'lots' | 'size' | 'reserve' | 'creditDays'>): bigint {
  return ceilDiv(lotCredit(advert) * BigInt(advert.lots), GIB);
}

/**
 * The most that a contract on a lot may let its owner owe, in grains: what the advert consumed for the lot. Rounded up,
 * so by less than a grain more than its part: rounded down, the credit of dust is nothing, and its owner prunable at once.
 */
export function maxCreditOf(advert: Pick<Advert, 'size' | 'reserve' | 'creditDays'>): bigint {
  return ceilDiv(lotCredit(advert), GIB);
}

function lotCredit({ size, reserve, creditDays }: Pick<Advert, 'size' | 'reserve' | 'creditDays'>): bigint {
  return BigInt(creditDays) * reserve * BigInt(size);
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
  takeFee(run, run.baseCost + (context.defences?.advertFee ?? advertFee)(tx));
  debit(run, tx.from, tx.fee, 'advert', txid);
  checkRemainder(run, tx.from);
  const { from, lots, size, term, reserve, creditDays, closes, contact, excluded } = tx;
  const { claimWindowSlots, returnSlots } = context.params.derived;
  const revealsUntil = closes + claimWindowSlots;
  const opened = context.slot;
  const terms = { from, lots, size, term, reserve, creditDays, contact, excluded };
  const advert: Advert = { ...terms, opened, closes, revealsUntil, bids: 0 };
  run.state.setAdvert(txid, advert);
  pushQueue(run.state, revealsUntil + returnSlots, { kind: 'forget-advert', advert: txid });
  run.events.push({ kind: 'advert', advertId: txid, advert, txid });
}
