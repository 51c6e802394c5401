import { maxCreditOf } from '../chain/rules/advert.js';
import type { Address, Advert, Bid, Hash } from '../chain/types.js';
import { equal } from '../util/bytes.js';
import { clearAdvert } from './clearing.js';
import type { Contract } from './contract.js';

export interface AwardFacts {
  /** The network's genesis id. */
  network: Hash;
  advertId: Hash;
  advert: Advert;
  bids: readonly Bid[];
  /** The account this steward bid with. */
  account: Address;
  slot: number;
  daySlots: number;
  /** A contract signed before under this advert: a winner gets one lot. */
  awarded: Hash | null;
  /** The longest grace this steward gives. */
  maxGracePercent: number;
}

/**
 * Whether a steward has really won what an owner offers: worked out from blocks, not from the owner's
 * word. Returns what is wrong, one reason each; none means that it may sign.
 */
export function checkAward(contract: Contract, facts: AwardFacts): string[] {
  const { advert } = facts;
  const reasons: string[] = [];
  const check = (holds: boolean, reason: string) => {
    if (!holds) reasons.push(reason);
  };
  check(equal(contract.network, facts.network), 'another network');
  check(equal(contract.advert, facts.advertId), 'another advert');
  check(equal(contract.contact, advert.contact), "not the advert's contact key");
  check(contract.size === advert.size, "not the advert's size");
  check(contract.termDays === advert.term, "not the advert's term");
  check(facts.slot > advert.revealsUntil, 'reveals are still taken');
  check(facts.awarded === null, 'the lot was awarded already');
  check(contract.startSlot <= facts.slot + facts.daySlots, 'starts more than a day ahead');
  check(contract.gracePercent <= facts.maxGracePercent, 'asks for a longer grace');
  check(contract.maxCredit <= maxCreditOf(advert), 'asks for more credit than its advert paid for');

  const { price, winners } = clearAdvert(facts.advertId, advert, facts.bids);
  const winner = winners[contract.lot];
  check(equal(contract.account, facts.account), 'another account');
  check(winner !== undefined && equal(winner.account, facts.account), 'the lot was not won');
  check(contract.price === price, 'not the clearing price');
  if (winner !== undefined && equal(winner.account, facts.account)) {
    check(equal(contract.payee, winner.reveal.payee), 'not the payee of the bid');
    check(equal(contract.peer, winner.reveal.peer), 'not the peer of the bid');
  }
  return reasons;
}
