import type { Reason } from '../chain/events.js';
import type { Address, BountyItem, Hash } from '../chain/types.js';

/** The records of the books, as they lie in the database. Ids that other records point to are hex. */

export interface FileEntry {
  /** base32; a LIT file has none and is never entered. */
  storageIndex: string;
  /** The whole cap, private seal included: a secret. */
  cap: string;
  name: string | null;
  size: number;
  needed: number;
  happy: number;
  total: number;
  /** Repair starts when fewer are live. */
  repairBelow: number;
  createdMs: number;
}

/** bare: a share as a Tahoe grid keeps it, without a contract; open bounties pay for it. */
export type BlobState = 'local' | 'advertised' | 'live' | 'mia' | 'dropped' | 'replaced' | 'bare';

export interface DeckEntry {
  dealSlot: number;
  cards: Uint8Array[];
  next: number;
  /** SHA-256 of pieces of the blob (bounty/probe.ts), and the first that was never asked for; none where it was dealt without. */
  probes?: Uint8Array[];
  probe?: number;
}

export interface BlobEntry {
  uuid: string;
  size: number;
  file: string | null;
  share: number | null;
  generation: number | null;
  readkey: Hash;
  state: BlobState;
  deck: DeckEntry;
  contract: string | null;
  advert: string | null;
  name: string | null;
}

export type ContractState = 'live' | 'dropped' | 'mia' | 'ended';

export interface OwnedContract {
  id: string;
  /** The contract as both sides signed it. */
  signed: Uint8Array;
  uuid: string;
  peer: string;
  account: Address;
  payee: Hash;
  secret: Hash;
  size: number;
  price: bigint;
  maxCredit: bigint;
  startSlot: number;
  termSlots: number;
  state: ContractState;
  /** Its steward signed that the bytes are gone. */
  lost?: boolean;
  confidence: number;
  paidUntilSlot: number;
  dueSlot: number;
  credit: bigint;
  /** The next payment's number: its name, payee and request id come from it. */
  payIndex: number;
  attempt: number;
  bounty: string | null;
  coversUntilSlot: number;
  paid: bigint;
  /** What polls brought (polling.ts); none yet where there is none. */
  outbox?: OutboxEntry;
  notice?: NoticeEntry;
  /** Its spot checks (checking.ts); as OwnerSpot. None was drawn yet where there is none. */
  spot?: { slot: number | null; failures: number };
}

export interface OutboxEntry {
  /** When the steward was asked last, whether it answered or not. */
  askedSlot: number;
}

/** An end before the one agreed to; `termSlots` runs to it from the moment it is known. */
export interface NoticeEntry {
  by: 'owner' | 'steward';
  givenSlot: number;
  /** Whether the other side knows. A steward's notice runs from then on. */
  told: boolean;
}

export interface KeptContract {
  id: string;
  signed: Uint8Array;
  uuid: string;
  peer: string;
  secret: Hash;
  /** The wallet's payee root of this contract, and Q, its public half. */
  payeeIndex: number;
  payee: Hash;
  readkey: Hash;
  locator: Hash;
  size: number;
  price: bigint;
  startSlot: number;
  termSlots: number;
  state: 'live' | 'pruned' | 'ended';
  maxCredit: bigint;
  gracePercent: number;
  /** Claims settled that were worth an interval. */
  confidence: number;
  lastPaidSlot: number;
  /** The payment number from which on names are expected. */
  next: number;
  /** One beyond the highest number seen on the ledger; not there before the first. */
  seen?: number;
  earned: bigint;
  /** The latest in which its grace stood still; absent: none yet. */
  pause?: { fromSlot: number; slots: number };
  notice?: NoticeEntry;
}

export interface BountyEntry {
  id: string;
  role: 'owner' | 'steward';
  txid: string;
  /** 1 to 256, in the order that the key's cards have; steward: those this machine recognised. */
  items: ItemEntry[];
  /** The sum of the items' cards. */
  key: Hash;
  amount: bigint;
  payee: Address | null;
  /** Owner: the account that it goes back to, which signs for that; absent: the main account. */
  funder?: Address;
  openedHeight: number | null;
  opened: number | null;
  expires: number | null;
  closed: { how: 'swept' | 'revoked' | 'returned'; height: number; txid: string | null } | null;
  /** Steward: whether the blob's bytes give this key; null until looked at. */
  fits: boolean | null;
  /** Owner: the transaction will not be included. */
  failed: boolean;
  /** This node's own sweep or revoke on its way. */
  closing: string | null;
  settled: boolean;
}

export interface ItemEntry {
  uuid: string;
  contract: string | null;
  /** Payment number under the contract; null where the bounty is open. */
  index: number | null;
  item: BountyItem;
  /** Of the bounty's amount; owner: what was meant for it, steward: what it books, 0 until it did. */
  amount: bigint;
}

/** An open bounty for bytes that were not here when it was posted, should they come before it expires. */
export interface PostedBounty {
  id: Hash;
  txid: string;
  item: BountyItem;
  openedHeight: number;
  expires: number;
}

export interface AdvertEntry {
  id: string;
  /** The number of its contact key in the wallet. */
  contact: number;
  size: number;
  reserve: bigint;
  creditDays: number;
  termDays: number;
  excluded: Address[];
  closes: number;
  /** Its transaction will not be included. */
  failed: boolean;
  lots: LotEntry[];
}

export interface LotEntry {
  uuid: string;
  state: 'waiting' | 'awarded' | 'unfilled';
  tries: number;
  /** Accounts that won it and could not be given it, as text. */
  tried: string[];
  /** When it was tried last. */
  triedSlot: number | null;
  /** The contract offered, written down before it is sent: an offer cut off is repeated, not varied. */
  offer: { body: Uint8Array; rank: number } | null;
}

export interface BidEntry {
  advert: string;
  price: bigint;
  payeeIndex: number;
  payee: Hash;
  salt: Hash;
  commitTx: string;
  revealTx: string | null;
  size: number;
  term: number;
  /** The contract signed under it: a winner gets one lot. */
  contract: string | null;
}

export type AccountEntry = { address: Address } & (
  | { kind: 'main'; index: number }
  | { kind: 'payee'; contract: string; payeeIndex: number; secret: Hash; index: number }
  | FunderEntry
);

/** A one-time account that one bounty is funded from (funders.ts). */
export interface FunderEntry {
  kind: 'funder';
  address: Address;
  /** 1 or more: 0 is the spending account. */
  index: number;
  /** The transfer that makes it; null: found on the ledger. */
  txid: string | null;
  /** Grains that it was made with. */
  amount: bigint;
  /** reserve: for the next bounty; used: for one; left: what is on it can be gathered; done: and was. */
  stage: 'reserve' | 'used' | 'left' | 'done';
}

export interface HistoryEntry {
  kind: Reason;
  direction: 'in' | 'out';
  amount: bigint;
  txid: string | null;
  height: number;
  slot: number;
  subject: string | null;
}

export interface PendingTx {
  txid: string;
  bytes: Uint8Array;
  kind: string;
  requestId: string | null;
  fee: bigint;
  /** Of the account it spends from; null where it spends from none. */
  seq: bigint | null;
  includedHeight: number | null;
  /** The first of the blocks at which it was refused without a break. */
  refusedHeight: number | null;
  createdSlot: number;
}

export interface RequestEntry {
  argsHash: string;
  result: unknown;
}

export interface LocatorEntry {
  uuid: string;
  contract: string;
  /** Later is newer. */
  startSlot: number;
  readkey: Hash;
}

/** The steward's standing bid: price in grains a GiB and network day. */
export interface StandingEntry {
  price: bigint;
  capacity: number;
  termDays: number;
}

/** One running of a wallet, by one data directory. */
export interface InstanceEntry {
  /** 16 random bytes. */
  id: Uint8Array;
  /** Of two that run at once the lower gives way: when this one began, in milliseconds, and above any it took over. */
  epoch: number;
  /** The readkey that others find it by, from the words. */
  key: Uint8Array;
  /** The directory's inode: a copy has another. */
  inode: string;
}

export interface RestoredEntry {
  /** Whether all records of the backup are here; until then they are cleared and written again. */
  whole: boolean;
  /** The ledger's height when the backup was made. */
  height: number;
}
