import type { Snapshot, StakeProof } from './stake/snapshot.js';

/**
 * The ledger's words, as plain data. Hashes, keys and addresses are 32 bytes; amounts are grains
 * (bigint); slots and heights are safe integers. An address is an Ed25519 public key.
 */
export type Hash = Uint8Array;
export type Address = Uint8Array;

/** The recent block a transaction names; it is valid for one cycle after it (against forks that bleed stake). */
export interface BlockRef {
  height: number;
  id: Hash;
}

interface TxCommon {
  ref: BlockRef;
  /** What the sender pays in all; what exceeds the base fee is the producer's tip. */
  fee: bigint;
}

/** Spends from an account: uses exactly its next sequence number. */
interface Spending extends TxCommon {
  from: Address;
  seq: bigint;
}

export interface Output {
  to: Address;
  amount: bigint;
}

export interface TransferTx extends Spending {
  kind: 'transfer';
  outputs: Output[];
  memo: Uint8Array;
}

/** name says which blob (a UUID, or an HMAC only owner and steward recognise); nonce is the challenge's. */
export interface BountyItem {
  name: Hash;
  nonce: Hash;
}

export interface NewBounty {
  amount: bigint;
  payee: Address | null;
  /** The sum of the items' cards: a point on Ed25519, 32 bytes. */
  key: Hash;
  /** Slots from the block that includes it until it expires. */
  duration: number;
  items: BountyItem[];
}

export interface PostTx extends Spending {
  kind: 'post';
  bounties: NewBounty[];
}

export interface SweepTx extends TxCommon {
  kind: 'sweep';
  entries: { bounty: Hash; to: Address }[];
}

export interface RevokeTx extends TxCommon {
  kind: 'revoke';
  from: Address;
  bounties: Hash[];
}

export interface AdvertTx extends Spending {
  kind: 'advert';
  lots: number;
  /** Bytes of a lot. */
  size: number;
  /** Network days, at most 365. */
  term: number;
  /** The highest price accepted, grains a GiB and network day. */
  reserve: bigint;
  /** For how many network days its owner may be in debt: so many of all lots are paid in advance (rules/advert.ts). */
  creditDays: number;
  /** The last slot in which a commit is taken. */
  closes: number;
  /** Ed25519 key that signs this advert's contracts. */
  contact: Hash;
  /** Accounts whose bids the clearing skips. */
  excluded: Address[];
}

export interface CommitTx extends Spending {
  kind: 'commit';
  advert: Hash;
  commitment: Hash;
  deposit: bigint;
}

/** What was committed to. peer is the libp2p peer id's bytes; payee is Q, from which one-time payees derive. */
export interface Reveal {
  price: bigint;
  peer: Uint8Array;
  payee: Hash;
  salt: Hash;
}

export interface RevealTx extends TxCommon, Reveal {
  kind: 'reveal';
  from: Address;
  advert: Hash;
}

/** Makes the sender's bond, or adds to it. */
export interface BondTx extends Spending {
  kind: 'bond';
  amount: bigint;
  /** Ed25519 keys of the VRF and of headers, both bound to the bond for its life. */
  vrfKey: Hash;
  signingKey: Hash;
}

/** Asks for the whole bond back. */
export interface UnbondTx extends Spending {
  kind: 'unbond';
}

/** Says that a bond that was absent is there again. */
export interface RebondTx extends Spending {
  kind: 'rebond';
}

/** Two headers that one bond signed for one slot. Its fee comes out of the reward; what it consumes prevents replay. */
export interface EvidenceTx extends TxCommon {
  kind: 'evidence';
  first: StakedHeader;
  second: StakedHeader;
  /** Who gets the reward. */
  to: Address;
}

type MarketTx = AdvertTx | CommitTx | RevealTx;
export type StakeTx = BondTx | UnbondTx | RebondTx | EvidenceTx;
export type Tx = TransferTx | PostTx | SweepTx | RevokeTx | MarketTx | StakeTx;
export type TxKind = Tx['kind'];

/** One signature by `from`; a sweep has one for each entry, under that bounty's key; evidence has none. */
export interface SignedTx {
  tx: Tx;
  signatures: Uint8Array[];
}

export interface Header {
  version: number;
  height: number;
  slot: number;
  parent: Hash;
  stateRoot: Hash;
  bodyRoot: Hash;
  bodySize: number;
  producer: Address;
  /** Root of the range (mmr.ts) over the ids of all blocks below it, genesis first: so that who joins may skip. */
  ancestors: Hash;
  lottery: Lottery;
  /** How the right to produce was won. */
  proof: PowProof | LeaderProof;
}

/** What a slot's leader is drawn from; a header carries it, so that a node without the state can check the draw. */
export interface Lottery {
  /** η of the epoch that the header's slot lies in. */
  nonce: Hash;
  /** What the blocks of that epoch, up to the parent, have made of η; η itself in the epoch's first block. */
  evolving: Hash;
  /** Roots of the snapshots that the leaders of this epoch and of the next are drawn from. */
  snapshot: Hash;
  next: Hash;
  /** The first epoch whose blocks are led by stake; 0 while that is not decided. */
  since: number;
}

export interface PowProof {
  kind: 'pow';
  target: bigint;
  nonce: bigint;
}

/** The producer's leaf is in the snapshot, its VRF wins the slot, and its signing key signed the header. */
export interface LeaderProof {
  kind: 'stake';
  stake: StakeProof;
  /** The VRF's proof for this epoch's nonce and this slot: 80 bytes. */
  pi: Uint8Array;
  /** Ed25519, 64 bytes (header.ts `headerMessage`). */
  signature: Uint8Array;
}

export interface MinedHeader extends Header {
  proof: PowProof;
}

export interface StakedHeader extends Header {
  proof: LeaderProof;
}

export interface Block {
  header: Header;
  /** Signed transactions in their canonical encoding. */
  body: Uint8Array[];
}

export interface StakedBlock extends Block {
  header: StakedHeader;
}

export interface MinedBlock extends Block {
  header: MinedHeader;
}

// State objects: what stands under the account tree's root.

export interface Account {
  balance: bigint;
  seq: bigint;
  /** The slot up to which its rent is paid (rent.ts). */
  paid: number;
}

export interface Bounty {
  funder: Address;
  payee: Address | null;
  amount: bigint;
  itemsHash: Hash;
  key: Hash;
  opened: number;
  expires: number;
}

export interface Advert {
  from: Address;
  lots: number;
  size: number;
  term: number;
  reserve: bigint;
  creditDays: number;
  opened: number;
  closes: number;
  /** The last slot in which a reveal is taken. */
  revealsUntil: number;
  contact: Hash;
  excluded: Address[];
  bids: number;
}

export interface Bid {
  account: Address;
  commitment: Hash;
  deposit: bigint;
  reveal: Reveal | null;
}

export interface Globals {
  mined: bigint;
  minted: bigint;
  burnt: bigint;
  feePool: bigint;
  /** Grains a byte of weight. */
  baseFee: bigint;
  /** The epoch of the last block, and the supply when it began: what its blocks mint by. */
  epoch: number;
  epochSupply: bigint;
  /** The next expiry to process: a slot, and an index in that slot's list. */
  queueSlot: number;
  queueIndex: number;
  /** Who leads in this epoch, and in the next. */
  snapshot: Snapshot;
  next: Snapshot;
  /** The first epoch that is led by stake; 0: not decided yet. */
  stakingSince: number;
  /** Grains in bonds that are drawn (stake/bond.ts). */
  bonded: bigint;
  /** How many bonds are numbered, whatever their state. */
  bonds: number;
  /** How many of them wait to leave. */
  waiting: number;
  /** Bytes that the last cycle's bodies had beyond their even shares (body-limit.ts). */
  bursts: number;
  /** The slot of the first block under rent, 0: not yet; and where the scan for exhausted accounts stands, a path. */
  rentSince: number;
  rentCursor: Hash;
  /** Entries that the last block put into the queue. */
  queued: number;
}
