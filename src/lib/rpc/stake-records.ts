import * as v from 'valibot';
import { address, grains, int, time } from './record-fields.js';

/** Between 0 and 1. */
const part = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.pipe(v.number(), v.minValue(0));

/** The wallet's bond, and how much stands behind the network's leaders. */
export const StakeRecord = v.object({
  type: v.literal('stake'),
  /** null: no wallet was ever unlocked here. */
  account: v.nullable(address),
  /** waiting: it goes when enough others are bonded; leaving: not drawn any more; absent: not drawn until a rebond. */
  state: v.picklist(['none', 'active', 'waiting', 'leaving', 'absent']),
  bond_grains: grains,
  /** Whether its keys are this wallet's: under others no block is led here. null: no bond, or the wallet is locked. */
  own_keys: v.nullable(v.boolean()),
  /** Of the stake that this epoch's leaders, and the next one's, are drawn from. */
  share: part,
  share_next: part,
  /** How many blocks a network day that share should lead; 0 while blocks are mined. */
  blocks_a_day: count,
  /** Blocks that were expected since it last signed one: at 20 it is absent. */
  missed_blocks: count,
  /** When a leaving bond comes back. */
  returns_slot: v.nullable(int),
  returns: v.nullable(time),
  epoch: int,
  /** The first slot of the next one. */
  epoch_ends_slot: int,
  /** The first epoch that is led by stake; null: not decided. */
  staking_since_epoch: v.nullable(int),
  min_bond_grains: grains,
  /** In all bonds that are drawn, and what part of the supply that is. */
  bonded_grains: grains,
  bonded_percent: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  bonds: int,
  bonds_waiting: int,
});

export type StakeRecord = v.InferOutput<typeof StakeRecord>;
