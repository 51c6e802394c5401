import * as v from 'valibot';
import { grains, hex32, int, time } from './record-fields.js';

/** A blob that this machine keeps under contracts. */
export const KeptRecord = v.object({
  type: v.literal('kept'),
  uuid: hex32,
  size: int,
  /** live: nothing is due; late: a payment is, and its grace runs; prunable: the next pruning takes it. */
  state: v.picklist(['live', 'late', 'prunable']),
  /** Contracts on it that are not pruned. */
  contracts: int,
  earned_grains: grains,
  /** Unpaid, for the time that has passed. */
  owed_grains: grains,
  /** When the next payment is due at the latest, and what it will come to by then; null: none is to come. */
  next_slot: v.nullable(int),
  next: v.nullable(time),
  next_amount_grains: v.nullable(grains),
  /** After this it may be dropped, if nothing more comes; null: never, it is kept for nothing. */
  kept_until_slot: v.nullable(int),
  kept_until: v.nullable(time),
  /** The end of its last contract. */
  end_slot: int,
  /** A bounty on the ledger that may pay for it. */
  bounty: v.nullable(hex32),
});

/** What this machine keeps for others in all, and what it sells. */
export const StewardRecord = v.object({
  type: v.literal('steward'),
  blobs: int,
  contracts: int,
  late: int,
  prunable: int,
  prunable_bytes: int,
  /** Swept in all, also for what is here no more. */
  earned_grains: grains,
  owed_grains: grains,
  /** The soonest payment that is to come. */
  next_slot: v.nullable(int),
  next: v.nullable(time),
  /** When the last contract ends. */
  last_end_slot: v.nullable(int),
  last_end: v.nullable(time),
  /** Kept under contracts; and that with what bids may yet win. */
  stored_bytes: int,
  committed_bytes: int,
  /** What one more blob could take on the disks. */
  free_bytes: int,
  /** Of the policy file: null where it says nothing. */
  price_grains: v.nullable(grains),
  capacity: v.nullable(int),
  reserve: int,
  term_days: int,
  min_size: int,
  max_size: v.nullable(int),
  prune: v.boolean(),
  drain: v.boolean(),
  /** What may still be sold: nothing where this machine does not bid. */
  room: int,
});

export type KeptRecord = v.InferOutput<typeof KeptRecord>;
export type StewardRecord = v.InferOutput<typeof StewardRecord>;
