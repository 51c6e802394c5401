import { taggedHash } from '../crypto/hash.js';
import { u16be, u64be } from '../util/bytes.js';
import type { Address, Hash, Reveal } from './types.js';

/** What a sealed bid commits to. Account and advert are in it: nobody copies another's sealed bid. */
export function commitmentOf(reveal: Reveal, account: Address, advert: Hash): Hash {
  const { price, peer, payee, salt } = reveal;
  return taggedHash('holdfast/bid/v1', advert, account, u64be(price), u16be(peer.length), peer, payee, salt);
}
