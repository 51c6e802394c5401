import { taggedHash } from '../crypto/hash.js';
import { u16be, u64be } from '../util/bytes.js';
import type { Address, Hash, Reveal } from './types.js';

/** What a sealed bid commits to. Bound to the advert and the account, so nobody can copy another's commit. */
export function commitmentOf(advert: Hash, account: Address, { price, peer, payee, salt }: Reveal): Hash {
  return taggedHash('holdfast/bid/v1', advert, account, u64be(price), u16be(peer.length), peer, payee, salt);
}
