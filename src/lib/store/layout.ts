/**
 * Every key prefix of the node's database, in one place. A key is one prefix byte and what the table
 * says; values are the ledger's own encodings under CHAIN, structured clones everywhere else.
 */
export const AREAS = {
  /** The ledger's own areas (chain/ledger.ts). */
  CHAIN: 'c',
  /** A second ledger's: one of the two is in use, in the other one is in the making (node/chain-areas.ts). */
  CHAIN_TOO: 'C',
  /** name → schema version, counters, cursors. */
  META: 'm',
  /** request id → arguments' hash and result. */
  REQUESTS: 'r',
  /** txid → a transaction of this wallet, or submitted here, that is not settled yet. */
  PENDING: 't',
  /** address → how its key derives. */
  ACCOUNTS: 'a',
  /** height u32be ‖ index u32be → one line of the wallet's history. */
  HISTORY: 'h',
  /** storage index → a file of this owner's. */
  FILES: 'f',
  /** UUID → a blob of this owner's. */
  BLOBS: 'o',
  /** contract id → a contract this owner pays. */
  OWNED: 'k',
  /** contract id → a contract this steward is paid by. */
  KEPT: 's',
  /** bounty id → a bounty posted by, or claimable by, this node. */
  BOUNTIES: 'b',
  /** bounty id → one that is over for good, moved here so that ticks need not look at it. */
  CLOSED: 'z',
  /** advert id → an advert of this owner's. */
  ADVERTS: 'd',
  /** advert id → this steward's bid on it. */
  BIDS: 'i',
  /** advert id → nothing: the adverts that stand in the ledger's state. */
  SEEN: 'n',
  /** height u32be → the first eight bytes of the ids of that block's transactions (node/tx-index.ts). */
  TXIDS: 'j',
  /** locator ‖ contract id → where its bytes are. */
  LOCATORS: 'l',
  /** root id → a directory that holds blobs (store/root-book.ts). */
  ROOTS: 'v',
  /** UUID → why a copy of it may lie in a root unwanted (store/blobs-intents.ts). */
  INTENTS: 'w',
  /** UUID ‖ '/' ‖ bounty id → an open bounty for bytes that were not here when it was posted. */
  POSTED: 'p',
  /** An index's letter (INDEXES) ‖ what it is found by ‖ a record's key: can be made again from the records. */
  INDEX: 'I',
  /** root id ‖ '/' ‖ storage index ‖ '/' ‖ share number → a file of an attached Tahoe tree (store/tahoe-index.ts). */
  TAHOE_SHARES: 'x',
  /** The same key → nothing: files that were not looked into since they came or changed. */
  TAHOE_WAITING: 'q',
  /** UUID → the keys of the shares that have it. */
  TAHOE_UUIDS: 'u',
  /** root id → how its tree was found at the last scan, and how much is in it. */
  TAHOE_TREES: 'y',
} as const;

export type Area = (typeof AREAS)[keyof typeof AREAS];

/** The second byte of a key under INDEX. */
export const INDEXES = {
  /** The first bytes of a name → the kept contract and the payment's number. */
  NAMES: 'n',
  /** Kept contracts by UUID. */
  KEPT_BY_UUID: 'u',
  /** How many contracts keep a UUID here; and how many, and how much, all together. */
  KEPT_SUMS: 's',
  /** Bounties by what comes next, and when (node/bounty-stages.ts). */
  BOUNTY_STAGES: 'b',
  /** A steward's bounties that may be claimed, or are claimed and not booked, by UUID. */
  BOUNTIES_BY_UUID: 'v',
  /** Bounties by the transaction that posts them, and the one that closes them. */
  BOUNTIES_BY_TX: 't',
  /** Transactions of this wallet that wait to be included, in their order; the others by height. */
  PENDING: 'p',
  /** And all by the request that made them. */
  PENDING_BY_REQUEST: 'r',
  /** What was spent, came back and was earned in all; and what is spent and in no block yet (node/turnover.ts). */
  TURNOVER: 'z',
  TURNOVER_WAITING: 'j',
  /** Contracts this owner pays, by the slot at which the plan looks at them next (plan/due.ts). */
  OWNED_DUE: 'd',
  /** Those that can be paid, by the steward's account, and the slot at which they are due. */
  OWNED_BY_ACCOUNT: 'a',
  /** All that are not ended, by UUID. */
  OWNED_BY_UUID: 'o',
  /** Contracts this steward is paid by, by the slot from which on they may be pruned. */
  KEPT_DUE: 'k',
  /** An owner's blobs by file. */
  BLOBS_BY_FILE: 'f',
  /** Those that are to be placed, by the advert that they were in last. */
  BLOBS_TO_PLACE: 'l',
  /** Those under a contract, by the cards left. */
  BLOBS_BY_CARDS: 'c',
  /** Shares that are missing, by file; and how many of a file are live. */
  BLOBS_MISSING: 'm',
  BLOBS_LIVE: 'g',
  /** Adverts with lots to hand out, by the slot at which they close. */
  ADVERTS_OPEN: 'e',
  /** Adverts by the UUIDs of their lots. */
  ADVERTS_BY_UUID: 'w',
  /** What payments and adverts took, by parts of a network day. */
  SPENT: 'x',
  /** Bids by the transactions that make and reveal them. */
  BIDS_BY_TX: 'i',
  /** One-time accounts that fund bounties, by stage (node/funders.ts). */
  FUNDERS: 'F',
} as const;
