import * as v from 'valibot';
import { HEADER_BYTES_MAX } from '../chain/header.js';
import { proofNodes, StateEntry } from './ledger-details.js';
import { address, grains, hex, hex32, int } from './record-fields.js';

const subject = v.union([hex32, address]);

/** What the state of a block holds under a key, or that it holds nothing: checked without a node. */
export const ProofRecord = v.object({
  type: v.literal('proof'),
  kind: v.picklist(['account', 'bounty', 'advert', 'bond']),
  /** The address, or the id. */
  subject,
  block: hex32,
  height: int,
  /** The header's bytes: the block's id is their hash, a leader's signature left out; the state's root is in them. */
  header: v.pipe(hex, v.maxLength(2 * HEADER_BYTES_MAX)),
  key: v.pipe(hex, v.maxLength(256)),
  /** The entry's bytes; null: there is none. */
  value: v.nullable(v.pipe(hex, v.maxLength(1 << 16))),
  ...proofNodes,
});

/** What a proof was found to show. */
export const ProvenRecord = v.object({
  type: v.literal('proven'),
  kind: v.picklist(['account', 'bounty', 'advert', 'bond']),
  subject,
  /** null: the state holds nothing of it. */
  holds: v.nullable(StateEntry),
  block: hex32,
  height: int,
  slot: int,
  state_root: hex32,
});

export const SupplyRecord = v.object({
  type: v.literal('supply'),
  height: int,
  mined_grains: grains,
  minted_grains: grains,
  burnt_grains: grains,
  /** Mined and minted, less what was burnt. */
  supply_grains: grains,
  fee_pool_grains: grains,
  /** The supply, less what lies in the pool. */
  circulating_grains: grains,
  /** In bonds that leaders are drawn from: part of what circulates. */
  bonded_grains: grains,
  /** With --verify: the whole state, read and added up. */
  recount: v.optional(
    v.object({
      entries: int,
      accounts: int,
      balances_grains: grains,
      bounties_grains: grains,
      deposits_grains: grains,
      /** In all bonds: also in those that are absent or leaving. */
      bonds_grains: grains,
      fee_pool_grains: grains,
      /** All that entries hold. */
      held_grains: grains,
      /** Whether that is the supply. */
      adds_up: v.boolean(),
      /** Whether the entries read are those under the root in the block's header. */
      committed: v.boolean(),
    }),
  ),
});

/** The supply at the end of a network year, as the genesis leads to it: nothing burnt, blocks as often as expected. */
export const SupplyYearRecord = v.object({
  type: v.literal('supply-year'),
  year: int,
  height: int,
  mined_grains: grains,
  minted_grains: grains,
  supply_grains: grains,
});

export type ProofRecord = v.InferOutput<typeof ProofRecord>;
export type ProvenRecord = v.InferOutput<typeof ProvenRecord>;
export type SupplyRecord = v.InferOutput<typeof SupplyRecord>;
export type SupplyYearRecord = v.InferOutput<typeof SupplyYearRecord>;
