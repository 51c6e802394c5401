import type { Bond } from './stake/bond.js';
import type { Address, Advert, Bounty, BountyItem, Hash, Reveal } from './types.js';

/** Why an account's balance moved. A fee is part of what its transaction costs, not a move of its own. */
export type Reason =
  | 'mine'
  | 'transfer'
  | 'post'
  | 'sweep'
  | 'revoke'
  | 'return'
  | 'advert'
  | 'commit'
  | 'deposit'
  | 'rent'
  | 'bond'
  | 'unbond'
  | 'rebond'
  | 'slash';

/** What a block did, for wallets and books. Executing it again gives the same list. */
export type LedgerEvent =
  /** subject: the bounty or advert it was about. A debit includes the fee. */
  | {
      kind: 'credit' | 'debit';
      address: Address;
      amount: bigint;
      reason: Reason;
      txid: Hash | null;
      subject: Hash | null;
    }
  /** amount went to the pool, being too little for an account that does not exist. */
  | { kind: 'pooled'; address: Address; amount: bigint; reason: Reason; txid: Hash | null; subject: Hash | null }
  | { kind: 'posted'; bountyId: Hash; bounty: Bounty; items: BountyItem[]; txid: Hash }
  | { kind: 'swept'; bountyId: Hash; bounty: Bounty; to: Address; txid: Hash }
  | { kind: 'revoked'; bountyId: Hash; bounty: Bounty; txid: Hash }
  | { kind: 'returned'; bountyId: Hash; bounty: Bounty; txid: null }
  | { kind: 'advert'; advertId: Hash; advert: Advert; txid: Hash }
  | { kind: 'commit'; advertId: Hash; account: Address; deposit: bigint; txid: Hash }
  | { kind: 'reveal'; advertId: Hash; account: Address; reveal: Reveal; txid: Hash }
  /** After the reveals: the deposit went back, or (unrevealed) into the pool. */
  | { kind: 'settled'; advertId: Hash; account: Address; deposit: bigint; revealed: boolean; txid: null }
  | { kind: 'forgotten'; advertId: Hash; txid: null }
  /** What an account's bond is from now on; null: gone. Without txid an epoch's start or the queue did it. */
  | { kind: 'bond'; account: Address; bond: Bond | null; txid: Hash | null };
