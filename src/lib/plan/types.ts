import type { Params } from '../chain/params.js';
import type { Address, Advert } from '../chain/types.js';

/** Ids are hex, amounts grains, times slots. A plan reads nothing but what is given here. */
export interface Now {
  slot: number;
  height: number;
  /** The node follows the network's tip. */
  synced: boolean;
  peers: number;
  params: Params;
}

export type BountyState =
  | 'pending'
  | 'open'
  | 'claimed'
  | 'settled'
  | 'expired'
  | 'revoked'
  | 'returned'
  /** Its transaction will never be included: as though it had not been posted. */
  | 'failed';

/** What the owner side knows of a contract's latest payment. */
export interface PaymentBounty {
  id: string;
  state: BountyState;
  /** How many items it has, and which of them is this contract's, from 0. */
  items: number;
  position: number;
  /** Of it, what was meant for this contract. */
  amount: bigint;
  openedSlot: number | null;
  expiresSlot: number | null;
  coversUntilSlot: number;
  /** A revoke is on its way, or done. */
  revoked: boolean;
}

export interface OwnerContract {
  id: string;
  uuid: string;
  file: string | null;
  share: number | null;
  /** The steward's account: kept out of the auctions for other shares of the file. */
  account: string;
  size: number;
  price: bigint;
  startSlot: number;
  termSlots: number;
  maxCredit: bigint;
  state: 'live' | 'dropped' | 'mia' | 'ended';
  /** The steward signed that its bytes are gone. */
  lost: boolean;
  /** Claims settled in a row. */
  confidence: number;
  paidUntilSlot: number;
  /** When the next payment is due; `firstDueSlot`, then what `settle` says. */
  dueSlot: number;
  /** Paid beyond what was due, because of the dust rule. */
  credit: bigint;
  /** The number of the next payment: each post takes one, so that no nonce is used twice. */
  payIndex: number;
  /** Of the latest bounty: 1 where it is the retry of a bounty for this contract alone. */
  attempt: 0 | 1;
  /** The latest payment, until it is booked by `settle`. */
  bounty: PaymentBounty | null;
  /** Cards left in the blob's deck. */
  deckLeft: number;
  /** What is known from asking the steward. */
  outbox: OwnerOutbox;
  /** What is known from fetching pieces of it; undefined: they cannot be checked. */
  spot?: OwnerSpot | undefined;
}

export interface OwnerSpot {
  /** When a piece is to be fetched from the steward; null: not before the next payment. */
  slot: number | null;
  /** Tries in a row at which it served nothing, or other bytes. */
  failures: number;
}

export interface OwnerOutbox {
  /** When it was asked last, whether it answered or not; null: never. */
  askedSlot: number | null;
  /** Since when the contract ends sooner than the steward knows; null: it knows. */
  untoldSlot: number | null;
  /** Notice was given, by either side: this steward is not to win the blob again. */
  notice: boolean;
}

export interface OwnerFile {
  storageIndex: string;
  needed: number;
  happy: number;
  total: number;
  repairBelow: number;
}

/** One generation of a share, or a blob of its own. */
export interface OwnerBlob {
  uuid: string;
  size: number;
  file: string | null;
  share: number | null;
  generation: number | null;
  state: 'local' | 'advertised' | 'live' | 'mia' | 'dropped' | 'replaced';
  /** Its bytes lie on this machine, too. */
  held: boolean;
}

export interface OwnerLot {
  uuid: string;
  state: 'waiting' | 'awarded' | 'failed' | 'unfilled';
  /** Attempts to award it that came to nothing. */
  tries: number;
  /** Accounts that won it and could not be given it: excluded the next time. */
  tried: string[];
}

export interface OwnerAdvert {
  id: string;
  state: 'pending' | 'open' | 'revealing' | 'cleared' | 'gone' | 'failed';
  reserve: bigint;
  termDays: number;
  closesSlot: number;
  lots: OwnerLot[];
}

/** A bounty of this wallet that expired unclaimed and still holds money. */
export interface ExpiredBounty {
  id: string;
}

export type OwnerAction =
  | ({
      kind: 'settle';
      contract: string;
      bounty: string;
      confidence: number;
      paidUntilSlot: number;
      dueSlot: number;
      /** When its next spot check is due, where it has them. */
      spotSlot?: number | null | undefined;
    } & { credit: bigint; requestId: string })
  | { kind: 'revoke'; bounty: string; requestId: string }
  | { kind: 'mia'; contract: string; uuid: string; requestId: string }
  | { kind: 'repair'; file: string; share: number; uuid: string; requestId: string }
  | { kind: 'deal'; uuid: string; count: number; requestId: string }
  | PayAction
  | FundAction
  | GatherAction
  | PollAction
  | CheckAction
  | { kind: 'award'; advert: string; requestId: string }
  | AdvertiseAction
  | { kind: 'end'; contract: string; requestId: string };

/** One bounty for contracts with one steward, 1 to 256. */
export interface PayAction {
  kind: 'pay';
  /** The steward's account. */
  account: string;
  items: PayItem[];
  /** The sum of the items'. */
  amount: bigint;
  /** pay/first contract/its payIndex: a contract's number is taken once, so that no other payment has this id. */
  requestId: string;
}

export interface PayItem {
  contract: string;
  payIndex: number;
  amount: bigint;
  coversUntilSlot: number;
  attempt: 0 | 1;
}

/** Makes one-time accounts, one an amount, by one transfer from the spending account. */
export interface FundAction {
  kind: 'fund';
  /** The number of the first, the next of the wallet's. */
  first: number;
  /** Grains, 1 to FUND_MAX of them. */
  amounts: bigint[];
  /** fund/first: a number is taken once. */
  requestId: string;
}

/** Brings what lies on a one-time account back to the spending account, all of it. */
export interface GatherAction {
  kind: 'gather';
  account: number;
  /** The sequence number it takes, so that no other gathering has this id. */
  seq: bigint;
  /** gather/account/seq */
  requestId: string;
}

/** Asks a contract's steward how it stands. */
export interface PollAction {
  kind: 'poll';
  contract: string;
  /** Tells it that the contract ends then; null: as it knows. */
  endSlot: number | null;
  requestId: string;
}

/** Fetches a piece of the blob from its steward, and compares it with what was dealt. */
export interface CheckAction {
  kind: 'check';
  contract: string;
  /** When it came due: what was booked since is not booked again. */
  slot: number;
  /** Whether it is held against the steward, should it fail. */
  counts: boolean;
  /** When it is tried again then. */
  againSlot: number;
  /** check/contract/slot */
  requestId: string;
}

export interface AdvertiseAction {
  kind: 'advertise';
  uuids: string[];
  size: number;
  reserve: bigint;
  creditDays: number;
  termDays: number;
  /** Accounts, at most 256. */
  excluded: string[];
  requestId: string;
}

/** A contract that this machine stores a blob under. */
export interface StewardContract {
  id: string;
  uuid: string;
  size: number;
  price: bigint;
  maxCredit: bigint;
  gracePercent: number;
  startSlot: number;
  termSlots: number;
  state: 'live' | 'ended' | 'pruned';
  /** Payments claimed and settled that were worth an interval (`afterClaim`). */
  confidence: number;
  /** All that was claimed and settled under it, grains. */
  earned: bigint;
  /** The slot in which the last settled bounty was opened; the start before the first. */
  lastPaidSlot: number;
  /** The latest bounty under it that is not booked yet. */
  openBounty: StewardBounty | null;
  /** Grace stands still: another blob of its batch failed here. null: never since it was paid. */
  pause: Pause | null;
}

/** Time given to an owner to find, by halves, which blob of a batch was not proved. */
export interface Pause {
  /** When the batch was opened. */
  fromSlot: number;
  slots: number;
}

export interface StewardBounty {
  id: string;
  expiresSlot: number;
  /** The blob's bytes give the bounty's key; null: they are being read. */
  fits: boolean | null;
  /** Our sweep of it is included, but not settled yet. */
  claimed: boolean;
}

/** A bounty on the ledger that this machine could sweep. */
export interface ClaimableBounty {
  id: string;
  uuids: string[];
  amount: bigint;
  expiresSlot: number;
  fits: boolean | null;
  /** Our sweep of it is on its way, or included. */
  sweeping: boolean;
}

export interface StewardAdvert {
  id: string;
  advert: Advert;
  own: boolean;
  /** committed: the commit is included, so that a reveal may follow. */
  bid: null | 'pending' | 'committed' | 'revealing' | 'revealed';
}

export interface Disk {
  freeBytes: number;
  /** Bytes stored under contracts, and the lots of bids that may yet win. */
  committedBytes: number;
}

export interface PruneAction {
  kind: 'prune';
  uuid: string;
  bytes: number;
  reason: 'unpaid' | 'ended';
  contracts: string[];
  requestId: string;
}

export type StewardAction =
  | { kind: 'sweep'; bounties: string[]; requestId: string }
  | { kind: 'commit'; advert: string; account: Address; price: bigint; requestId: string }
  | { kind: 'reveal'; advert: string; requestId: string }
  | PruneAction;

/** 32 bytes for a label, the same each time: a PRF under a key of the vault. */
export type Random = (label: string) => Uint8Array;
