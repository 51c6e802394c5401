import { commitmentOf } from '../../src/lib/chain/commitment.js';
import { advertFee, minDeposit } from '../../src/lib/chain/rules/advert.js';
import type { Address, Advert, Bid, Reveal } from '../../src/lib/chain/types.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import { equal, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { invariant } from '../../src/lib/util/errors.js';
import { cardOf } from './bytes.js';
import { feeOf } from './fees.js';
import type { Purse } from './purse.js';
import { PARAMS, type Setting } from './setting.js';

const { claimWindowSlots, returnSlots, cycleSlots, blockSlots } = PARAMS.derived;

export interface Item {
  contract: string;
  uuid: string;
  nonce: Uint8Array;
  /** What only the blob answers; the bounty's key is made of all its items'. */
  card: Uint8Array;
}

export interface Bounty {
  id: string;
  funder: Purse;
  payee: Purse | null;
  amount: bigint;
  items: Item[];
  opened: number;
  expires: number;
  swept: number | null;
  /** Who swept it. */
  to: Purse | null;
  /** Its money went back to the funder. */
  back: 'revoked' | 'returned' | null;
}

export interface Auction {
  id: string;
  key: Uint8Array;
  advert: Advert;
  bids: Map<string, Bid>;
  bidders: Map<string, Purse>;
}

export type Post = Pick<Bounty, 'funder' | 'payee' | 'amount' | 'items'>;

/** The next slot's block holds what is sent now. */
const included = (slot: number) => slot + blockSlots;

/**
 * The ledger, as far as money goes: the amounts and the times are the chain's own rules', what is left out
 * are blocks, signatures and sequence numbers. A transaction that those rules refuse changes nothing.
 */
export class Ledger {
  slot = 0;
  feePool = 0n;
  readonly bounties = new Map<string, Bounty>();
  readonly auctions = new Map<string, Auction>();
  /** Those whose reveals are not over. */
  readonly running = new Set<Auction>();
  readonly barred = new Map<string, number>();
  /** Who looks out for a contract's names. */
  readonly watchers = new Map<string, (bounty: Bounty) => void>();
  private posts = 0;
  private locked = 0n;

  constructor(readonly setting: Setting) {}

  private fee(purse: Purse, amount: bigint): void {
    purse.add('fee', -amount);
    this.feePool += amount;
  }

  post(post: Post): Bounty {
    const opened = included(this.slot);
    const id = `b${this.posts++}`;
    const bounty: Bounty = {
      ...post,
      id,
      opened,
      expires: opened + claimWindowSlots,
      swept: null,
      to: null,
      back: null,
    };
    invariant(post.amount >= PARAMS.minAccount, 'a bounty below the minimum');
    this.fee(post.funder, feeOf('post', post.items.length));
    post.funder.add('bounty', -post.amount);
    this.locked += post.amount;
    this.bounties.set(id, bounty);
    for (const watch of new Set(post.items.map(({ contract }) => this.watchers.get(contract)))) watch?.(bounty);
    return bounty;
  }

  /** Whether these answers, in the items' order, give the key. */
  static fits(bounty: Bounty, seeds: readonly (Uint8Array | null)[]): boolean {
    return bounty.items.every(({ card }, i) => seeds[i] != null && equal(cardOf(seeds[i]), card));
  }

  /** One transaction; refused as a whole where one entry is (`validateSweep`). */
  sweep(entries: readonly { bounty: Bounty; seeds: readonly (Uint8Array | null)[]; to: Purse }[]): boolean {
    const good = entries.every(({ bounty, seeds, to }) => {
      const open = bounty.swept === null && bounty.back === null && this.slot <= bounty.expires;
      return open && (bounty.payee === null || bounty.payee === to) && Ledger.fits(bounty, seeds);
    });
    if (!good || entries.length === 0) return false;
    for (const { bounty, to } of entries) {
      bounty.swept = included(this.slot);
      bounty.to = to;
      this.locked -= bounty.amount;
      to.add('bounty', bounty.amount);
    }
    this.fee(entries[0]!.to, feeOf('sweep', entries.length));
    return true;
  }

  revoke(bounty: Bounty, funder: Purse): boolean {
    if (bounty.funder !== funder || bounty.swept !== null || bounty.back !== null) return false;
    if (this.slot <= bounty.expires) return false;
    this.giveBack(bounty, 'revoked');
    this.fee(funder, feeOf('revoke'));
    return true;
  }

  private giveBack(bounty: Bounty, how: 'revoked' | 'returned'): void {
    bounty.back = how;
    this.locked -= bounty.amount;
    bounty.funder.add('bounty', bounty.amount);
  }

  advertise(
    purse: Purse,
    terms: Pick<Advert, 'from' | 'lots' | 'size' | 'term' | 'reserve' | 'creditDays' | 'excluded'>,
  ): Auction {
    const id = `a${this.auctions.size}`;
    const closes = included(this.slot) + PARAMS.auctionSlots;
    const contact = terms.from;
    const times = { opened: included(this.slot), closes, revealsUntil: closes + claimWindowSlots };
    const advert: Advert = { ...terms, ...times, contact, bids: 0 };
    const consumed = advertFee(advert);
    purse.add('advert', -consumed);
    this.feePool += consumed;
    this.fee(purse, feeOf('advert', terms.excluded.length));
    const auction = { id, key: sha256(utf8(id)), advert, bids: new Map(), bidders: new Map() };
    this.auctions.set(id, auction);
    this.running.add(auction);
    return auction;
  }

  commit(auction: Auction, account: Address, purse: Purse, commitment: Uint8Array): void {
    const name = toHex(account);
    const { bids, advert, bidders } = auction;
    const isBarred = this.slot <= (this.barred.get(name) ?? -1);
    if (isBarred || bids.has(name) || this.slot > advert.closes) return;
    const deposit = (minDeposit(PARAMS, advert) * BigInt(Math.round(this.setting.depositFactor * 100))) / 100n;
    purse.add('deposit', -deposit);
    this.locked += deposit;
    this.fee(purse, feeOf('commit'));
    bids.set(name, { account, commitment, deposit, reveal: null });
    bidders.set(name, purse);
  }

  /** The fee comes out of the deposit. */
  reveal(auction: Auction, account: Address, purse: Purse, reveal: Reveal): void {
    const bid = auction.bids.get(toHex(account));
    const { closes, revealsUntil } = auction.advert;
    if (!bid || bid.reveal !== null || this.slot <= closes || this.slot > revealsUntil) return;
    if (!equal(commitmentOf(reveal, account, auction.key), bid.commitment)) return;
    this.fee(purse, feeOf('reveal'));
    bid.reveal = reveal;
  }

  /** What the ledger's queue does by itself. */
  advance(slot: number): void {
    this.slot = slot;
    for (const [id, bounty] of this.bounties) {
      if (bounty.swept === null && bounty.back === null && slot > bounty.expires + returnSlots) {
        this.giveBack(bounty, 'returned');
      }
      if (slot > bounty.expires + 2 * returnSlots) this.bounties.delete(id);
    }
    for (const auction of this.running) this.settle(auction);
  }

  /** Deposits return, but for those of bids that were not revealed (`settleBid`). */
  private settle(auction: Auction): void {
    const { advert, bids, bidders } = auction;
    if (this.slot <= advert.revealsUntil) return;
    this.running.delete(auction);
    for (const [name, bid] of bids) {
      this.locked -= bid.deposit;
      if (bid.reveal !== null) bidders.get(name)!.add('deposit', bid.deposit);
      else {
        this.feePool += bid.deposit;
        this.barred.set(name, this.slot + cycleSlots);
      }
    }
  }

  /** The end: what is open goes back, so that nobody's money is counted as lost that is not. */
  close(): void {
    for (const bounty of this.bounties.values()) {
      if (bounty.swept === null && bounty.back === null) this.giveBack(bounty, 'returned');
    }
    for (const { bids, bidders } of this.running) {
      for (const [name, { deposit }] of bids) {
        this.locked -= deposit;
        bidders.get(name)!.add('deposit', deposit);
      }
    }
    this.running.clear();
  }

  /** No grain appears or vanishes: what agents lost is in the pool, or locked. */
  check(purses: readonly Purse[]): void {
    const held = purses.reduce((sum, purse) => sum + purse.onLedger, 0n);
    invariant(held + this.feePool + this.locked === 0n, 'the model ledger lost count');
  }
}
