import { commitmentOf } from '../chain/commitment.js';
import type { Address, Hash, Reveal } from '../chain/types.js';
import { hmacSha256 } from '../crypto/hash.js';
import { isValidPoint } from '../crypto/scalar.js';
import { MAX_AMOUNT } from '../util/amounts.js';
import { utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

export interface BidTerms {
  /** Grains a GiB and network day. */
  price: bigint;
  /** The libp2p peer id's bytes. */
  peer: Uint8Array;
  /** Q, from which the one-time payees derive. */
  payee: Hash;
  salt: Hash;
}

export interface SealedBid {
  commitment: Hash;
  reveal: Reveal;
}

/**
 * 32 bytes that hide a price until it is revealed: without them anyone could try prices against the
 * commitment. Derived, so that a steward that lost its books can still reveal and keep its deposit.
 */
export function bidSalt(key: Uint8Array, advert: Hash): Hash {
  return hmacSha256(key, utf8('holdfast/bid-salt/v1'), advert);
}

/** A bid to commit to now and to reveal later. */
export function makeCommit(advert: Hash, account: Address, terms: BidTerms): SealedBid {
  invariant(terms.price >= 0n && terms.price <= MAX_AMOUNT, 'a price is an unsigned 64-bit amount');
  invariant(terms.salt.length === 32 && isValidPoint(terms.payee), 'a bid has a salt of 32 bytes and a valid payee');
  const reveal: Reveal = { price: terms.price, peer: terms.peer, payee: terms.payee, salt: terms.salt };
  return { commitment: commitmentOf(reveal, account, advert), reveal };
}
