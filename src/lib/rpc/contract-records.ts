import * as v from 'valibot';
import { address, grains, hex32, int } from './record-fields.js';

/** A contract as one of its sides sees it: what the other side knows may differ until a payment settles. */
export const ContractRecord = v.object({
  type: v.literal('contract'),
  contract: hex32,
  /** owner: this wallet pays; steward: this wallet is paid. */
  role: v.picklist(['owner', 'steward']),
  /** dropped: given up by its owner; mia: its steward did not answer; pruned: its blob was let go of for debt, or at its end. */
  state: v.picklist(['live', 'dropped', 'mia', 'ended', 'pruned']),
  blob: hex32,
  file: v.nullable(v.string()),
  share: v.nullable(int),
  size: int,
  price_grains: grains,
  /** The other side's peer id. */
  peer: v.string(),
  /** The steward's account. */
  account: address,
  start_slot: int,
  /** The term's end, or the slot for which notice was given. */
  end_slot: int,
  /** Who gave notice; null: nobody did. */
  notice: v.nullable(v.picklist(['owner', 'steward'])),
  /** Whether the other side knows of the notice: a steward's runs from then on. */
  notice_told: v.nullable(v.boolean()),
  /** Paid for, as this side counts. */
  paid_until_slot: int,
  /** When the next payment is due; null where none is to come. */
  due_slot: v.nullable(int),
  /** What it comes to by then, credit taken off. */
  due_grains: v.nullable(grains),
  /** Steward: the slot after which it may be pruned, if nothing comes. */
  prunable_slot: v.nullable(int),
  /** Payments in a row that were claimed. */
  confidence: int,
  interval_days: int,
  /** Owner: paid beyond what was due; steward: null. */
  credit_grains: v.nullable(grains),
  /** The most that may be owed. */
  max_credit_grains: grains,
  /** Owner: challenges left for its blob. */
  deck_left: v.nullable(int),
  /** The number of the next payment. */
  next_payment: int,
  /** The latest payment that is not booked yet, and where it stands. */
  bounty: v.nullable(hex32),
  bounty_state: v.nullable(v.string()),
  /** Owner: paid in all, claimed and settled; steward: earned. */
  paid_grains: grains,
});

export type ContractRecord = v.InferOutput<typeof ContractRecord>;
