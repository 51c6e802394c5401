import * as v from 'valibot';
import { grains, hex32, int, time } from './record-fields.js';

/** How the owner's side of this machine stands, and what will run out within the days that were looked at. */
export const ControllerRecord = v.object({
  type: v.literal('controller'),
  /** A controller follows the node. */
  running: v.boolean(),
  /** When one last asked what is due; null: not since the node started. */
  looked: v.nullable(time),
  /** Contracts that are paid. */
  contracts: int,
  /** The soonest payment within these days. */
  next_slot: v.nullable(int),
  next: v.nullable(time),
  /** Network days that were looked at, and their end. */
  days: int,
  until_slot: int,
  until: time,
  /** What payments and adverts will take by then, fees included; and what contracts kept here will bring. */
  costs_grains: grains,
  income_grains: grains,
  /** What they can be paid from. */
  balance_grains: grains,
  /** When it does not pay for what is due; null: not within these days. */
  balance_ends_slot: v.nullable(int),
  balance_ends: v.nullable(time),
  balance_missing_grains: v.nullable(grains),
  /** What may still be spent now; null: nothing limits it. */
  room_grains: v.nullable(grains),
  /** The limit that is the first to keep what is due from being paid; null: none does. */
  limit: v.nullable(v.picklist(['day', 'total', 'barter'])),
  limit_slot: v.nullable(int),
  limit_from: v.nullable(time),
  limit_missing_grains: v.nullable(grains),
  /** Blobs whose decks run out, with no bytes to deal another from; the first of them. */
  decks: int,
  decks_slot: v.nullable(int),
  decks_from: v.nullable(time),
  /** Blobs whose last contract ends with nothing to follow; the first of them. */
  ends: int,
  ends_slot: v.nullable(int),
  ends_from: v.nullable(time),
  /** Since the books began: what payments and adverts took, what of it came back, what sweeps brought. */
  spent_grains: grains,
  returned_grains: grains,
  earned_grains: grains,
  /** The net of these: one of the two is nothing. */
  surplus_grains: grains,
  deficit_grains: grains,
});

/** A blob that will be lost, or will not be paid for, unless somebody does something. */
export const RiskRecord = v.object({
  type: v.literal('risk'),
  /** deck: no card is left for a payment, and no bytes to deal one from; end: its last contract ends, and none follows. */
  why: v.picklist(['deck', 'end']),
  uuid: hex32,
  contract: hex32,
  slot: int,
  time,
  reason: v.string(),
});

export type ControllerRecord = v.InferOutput<typeof ControllerRecord>;
export type RiskRecord = v.InferOutput<typeof RiskRecord>;
