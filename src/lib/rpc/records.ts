import * as v from 'valibot';
import { checkpointTaken, joinProgress } from './join-records.js';
import { blockDetail, txDetail } from './ledger-details.js';
import { address, grains, hex32, int, time } from './record-fields.js';

export * from './contract-records.js';
export * from './controller-records.js';
export * from './ledger-records.js';
export * from './stake-records.js';
export * from './steward-records.js';
export * from './wallet-records.js';

/**
 * What the node tells and what `--json` prints: one record a line, each with a type. Fields are only
 * ever added. Grains are decimal strings; the command line adds the same amount in decimal tokens.
 */
export const NodeRecord = v.object({
  type: v.literal('node'),
  version: v.string(),
  network: v.string(),
  network_id: hex32,
  pid: int,
  height: int,
  slot: int,
  tip: hex32,
  state_root: hex32,
  head_age_slots: int,
  synced: v.boolean(),
  peers: int,
  peer_id: v.string(),
  addresses: v.array(v.string()),
  mining: v.boolean(),
  wallet: v.picklist(['none', 'locked', 'unlocked']),
  blobs: int,
  blob_bytes: int,
  /** Roots of blobs that are not there: disks to mount again. */
  missing_roots: v.optional(v.array(v.string())),
  checkpoint: v.optional(checkpointTaken),
  joining: v.optional(joinProgress),
});

export const NetworkRecord = v.object({
  type: v.literal('network'),
  name: v.string(),
  network_id: hex32,
  file: v.string(),
});

export const TxRecord = v.object({
  type: v.literal('tx'),
  txid: hex32,
  kind: v.string(),
  fee_grains: grains,
  status: v.picklist(['planned', 'pending', 'included', 'settled', 'failed']),
  /** Repeated under the same request id: nothing was paid again. */
  repeated: v.optional(v.boolean()),
  ...txDetail,
});

export const BalanceRecord = v.object({
  type: v.literal('balance'),
  balance_grains: grains,
  /** Included, but not yet settle_depth deep. */
  unsettled_grains: grains,
  /** Of the balance: on one-time accounts that fund bounties, in reserve or left over. */
  funding_grains: grains,
  accounts: int,
});

export const AddressRecord = v.object({ type: v.literal('address'), address });

export const HistoryRecord = v.object({
  type: v.literal('history'),
  kind: v.picklist([
    'mine',
    'transfer',
    'post',
    'sweep',
    'revoke',
    'return',
    'advert',
    'commit',
    'deposit',
    'rent',
    'bond',
    'unbond',
    'rebond',
    'slash',
  ]),
  /** in: the wallet's balance grew. */
  direction: v.picklist(['in', 'out']),
  amount_grains: grains,
  txid: v.nullable(hex32),
  height: int,
  slot: int,
  time,
  /** The bounty or advert it was about. */
  subject: v.nullable(hex32),
});

export const BlobRecord = v.object({
  type: v.literal('blob'),
  uuid: hex32,
  size: int,
  /** owner: mine, kept by others; steward: another's, kept here for pay. */
  role: v.picklist(['owner', 'steward']),
  /**
   * local: not placed; advertised; live; mia; dropped: given up; replaced: a newer generation lives; pruned;
   * bare: kept by a Tahoe grid, without a contract; open bounties pay for it.
   */
  state: v.picklist(['local', 'advertised', 'live', 'mia', 'dropped', 'replaced', 'pruned', 'bare']),
  held: v.boolean(),
  /** Only where nobody can say: it may be on a disk that is not there. `held` then is false. */
  unknown: v.optional(v.string()),
  file: v.nullable(v.string()),
  share: v.nullable(int),
  generation: v.nullable(int),
  confidence: int,
  interval_days: v.nullable(int),
  due_slot: v.nullable(int),
  paid_grains: grains,
  price_grains: v.nullable(grains),
  contract: v.nullable(hex32),
  /** The other side's peer id. */
  peer: v.nullable(v.string()),
  /** Steward: the slot after which it may be pruned. */
  prunable_slot: v.nullable(int),
  deck_left: v.nullable(int),
});

export const FileRecord = v.object({
  type: v.literal('file'),
  storage_index: v.nullable(v.string()),
  name: v.nullable(v.string()),
  size: int,
  needed: int,
  happy: int,
  total: int,
  /** Only from `file put` and `file ls --caps`: a cap is a secret. */
  cap: v.optional(v.string()),
  blobs: v.array(hex32),
  live: int,
});

export const CheckRecord = v.object({
  type: v.literal('check'),
  storage_index: v.nullable(v.string()),
  needed: int,
  happy: int,
  total: int,
  good: int,
  shares: v.array(
    v.object({ share: int, good: v.boolean(), peer: v.nullable(v.string()), reason: v.nullable(v.string()) }),
  ),
  verdict: v.picklist(['healthy', 'degraded', 'lost']),
});

/** What `file repair` did; good and verdict are those before it. */
export const RepairRecord = v.object({
  type: v.literal('repair'),
  storage_index: v.nullable(v.string()),
  needed: int,
  happy: int,
  total: int,
  good: int,
  verdict: v.picklist(['healthy', 'degraded', 'lost']),
  verdict_after: v.picklist(['healthy', 'degraded', 'lost']),
  /** uuid: of the blob that the share became; null where it is a file of its own. */
  rebuilt: v.array(v.object({ share: int, uuid: v.nullable(hex32) })),
  planned: v.boolean(),
});

export const BountyRecord = v.object({
  type: v.literal('bounty'),
  bounty: hex32,
  txid: v.nullable(hex32),
  /** posted by this wallet, or claimable by it. */
  role: v.picklist(['owner', 'steward']),
  state: v.picklist(['planned', 'pending', 'open', 'claimed', 'settled', 'expired', 'revoked', 'returned', 'failed']),
  /** The first item's, and its contract. */
  blob: v.nullable(hex32),
  contract: v.nullable(hex32),
  /** How many blobs it pays for. */
  items: int,
  /** `bounty show`: all of them, in order. */
  blobs: v.optional(v.array(hex32)),
  amount_grains: grains,
  opened_slot: v.nullable(int),
  expires_slot: v.nullable(int),
  payee: v.nullable(address),
  /** What it took from the wallet, fee, deposit and amount: what `--max-spend` counts. */
  spent_grains: v.optional(grains),
});

export const AdvertRecord = v.object({
  type: v.literal('advert'),
  advert: hex32,
  lots: int,
  size: int,
  term_days: int,
  reserve_grains: grains,
  credit_days: int,
  opened_slot: v.nullable(int),
  closes_slot: int,
  reveals_until_slot: v.nullable(int),
  bids: int,
  state: v.picklist(['planned', 'pending', 'open', 'revealing', 'cleared', 'gone']),
  mine: v.boolean(),
  clearing_grains: v.nullable(grains),
  winners: v.array(v.object({ account: address, peer: v.string() })),
  /** What it took from the wallet, fee, deposit and amount: what `--max-spend` counts. */
  spent_grains: v.optional(grains),
});

export const BidRecord = v.object({
  type: v.literal('bid'),
  /** null: the standing bid. */
  advert: v.nullable(hex32),
  price_grains: grains,
  capacity: v.nullable(int),
  term_days: v.nullable(int),
  txid: v.nullable(hex32),
  /** What it took from the wallet, fee, deposit and amount: what `--max-spend` counts. */
  spent_grains: v.optional(grains),
});

export const PruneRecord = v.object({
  type: v.literal('prune'),
  uuid: hex32,
  bytes: int,
  reason: v.picklist(['unpaid', 'ended']),
  planned: v.boolean(),
});

/** A directory that holds blobs, or a tree of another program's that is read in place. */
export const RootRecord = v.object({
  type: v.literal('root'),
  kind: v.picklist(['blobs', 'tahoe']),
  path: v.string(),
  /** draining: no new blob goes there; missing: its disk is not mounted; scanning: not counted to the end yet. */
  state: v.picklist(['active', 'draining', 'missing', 'scanning']),
  blobs: int,
  bytes: int,
  /** Of its disk; null where it is not there. */
  free_bytes: v.nullable(int),
  /** Bytes of blobs at the most; null: as many as the disk takes. */
  capacity: v.nullable(int),
  /** Bytes of the disk that stay free. */
  reserve: int,
  /** Files that are no blobs, and are left alone. */
  skipped: int,
  /** Blobs whose bytes went bad. */
  corrupt: int,
});

/** What became of one blob that was to go to another root. */
export const MoveRecord = v.object({
  type: v.literal('move'),
  uuid: hex32,
  bytes: int,
  from: v.string(),
  to: v.string(),
  /** skipped: removed before its turn; corrupt: its bytes had gone bad; failed: it could not be read. */
  status: v.picklist(['planned', 'moved', 'skipped', 'corrupt', 'failed']),
  reason: v.nullable(v.string()),
});

export const BlockRecord = v.object({
  type: v.literal('block'),
  height: int,
  slot: int,
  id: hex32,
  parent: hex32,
  state_root: hex32,
  producer: address,
  /** null: pruned with the body. */
  txs: v.nullable(int),
  bytes: int,
  time,
  ...blockDetail,
});

export const ReorgRecord = v.object({ type: v.literal('reorg'), depth: int, from: hex32, to: hex32, fork_height: int });

/** One thing a controller's tick did, or found nothing to do about. */
export const ActRecord = v.object({
  type: v.literal('act'),
  act: v.picklist([
    'pay',
    'fund',
    'gather',
    'settle',
    'revoke',
    'mia',
    'repair',
    'deal',
    'poll',
    'check',
    'advertise',
    'award',
    'commit',
    'reveal',
    'sweep',
    'prune',
    'end',
  ]),
  blob: v.nullable(hex32),
  subject: v.nullable(v.string()),
  amount_grains: v.nullable(grains),
  confidence: v.nullable(int),
  request_id: v.nullable(v.string()),
  status: v.picklist(['planned', 'done', 'failed']),
  message: v.nullable(v.string()),
});

export const ChainRecord = v.object({
  type: v.literal('chain'),
  height: int,
  slot: int,
  tip: hex32,
  state_root: hex32,
  mined_grains: grains,
  minted_grains: grains,
  burnt_grains: grains,
  fee_pool_grains: grains,
  base_fee_grains: grains,
  mempool: int,
  /** null where stake leads. */
  target: v.nullable(hex32),
  checkpoint: v.optional(checkpointTaken),
  joining: v.optional(joinProgress),
  /** Bytes that the next block's body may have. */
  body_limit: int,
  /** The rule that the genesis switches on next, and the first height it holds for; null: none is to come. */
  next_rule: v.nullable(v.object({ rule: v.string(), height: int })),
});

/** A devnet that runs; a `member` for each of its nodes follows. */
export const DevnetRecord = v.object({
  type: v.literal('devnet'),
  dir: v.string(),
  pid: int,
  network_id: hex32,
  genesis: v.string(),
  block_ms: v.number(),
});

export const MemberRecord = v.object({
  type: v.literal('member'),
  name: v.string(),
  role: v.picklist(['miner', 'owner', 'steward']),
  home: v.string(),
  pid: int,
  controller_pid: v.nullable(int),
  peer_id: v.string(),
  address: v.string(),
  multiaddr: v.string(),
  passphrase_file: v.string(),
});

export type NodeRecord = v.InferOutput<typeof NodeRecord>;
export type NetworkRecord = v.InferOutput<typeof NetworkRecord>;
export type TxRecord = v.InferOutput<typeof TxRecord>;
export type BalanceRecord = v.InferOutput<typeof BalanceRecord>;
export type AddressRecord = v.InferOutput<typeof AddressRecord>;
export type HistoryRecord = v.InferOutput<typeof HistoryRecord>;
export type BlobRecord = v.InferOutput<typeof BlobRecord>;
export type FileRecord = v.InferOutput<typeof FileRecord>;
export type CheckRecord = v.InferOutput<typeof CheckRecord>;
export type RepairRecord = v.InferOutput<typeof RepairRecord>;
export type BountyRecord = v.InferOutput<typeof BountyRecord>;
export type AdvertRecord = v.InferOutput<typeof AdvertRecord>;
export type BidRecord = v.InferOutput<typeof BidRecord>;
export type PruneRecord = v.InferOutput<typeof PruneRecord>;
export type RootRecord = v.InferOutput<typeof RootRecord>;
export type MoveRecord = v.InferOutput<typeof MoveRecord>;
export type BlockRecord = v.InferOutput<typeof BlockRecord>;
export type ReorgRecord = v.InferOutput<typeof ReorgRecord>;
export type ActRecord = v.InferOutput<typeof ActRecord>;
export type ChainRecord = v.InferOutput<typeof ChainRecord>;
export type DevnetRecord = v.InferOutput<typeof DevnetRecord>;
export type MemberRecord = v.InferOutput<typeof MemberRecord>;
