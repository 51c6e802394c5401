import * as v from 'valibot';
import { address, grains, hex, hex32, int, time } from './record-fields.js';

/** What stands inside the ledger's records: a transaction's content, a block's, an entry of the state. */

/** What a transaction does, by its kind. */
export const TxDetails = v.variant('kind', [
  v.object({
    kind: v.literal('transfer'),
    outputs: v.array(v.object({ to: address, amount_grains: grains })),
    /** null where its bytes are no text. */
    memo: v.nullable(v.string()),
    memo_hex: hex,
  }),
  v.object({
    kind: v.literal('post'),
    bounties: v.array(
      v.object({
        bounty: hex32,
        amount_grains: grains,
        payee: v.nullable(address),
        key: hex32,
        duration_slots: int,
        items: v.array(v.object({ name: hex32, nonce: hex32 })),
      }),
    ),
  }),
  v.object({ kind: v.literal('sweep'), entries: v.array(v.object({ bounty: hex32, to: address })) }),
  v.object({ kind: v.literal('revoke'), bounties: v.array(hex32) }),
  v.object({
    kind: v.literal('advert'),
    lots: int,
    size: int,
    term_days: int,
    reserve_grains: grains,
    credit_days: int,
    closes_slot: int,
    contact: hex32,
    excluded: v.array(address),
  }),
  v.object({ kind: v.literal('commit'), advert: hex32, commitment: hex32, deposit_grains: grains }),
  v.object({
    kind: v.literal('reveal'),
    advert: hex32,
    price_grains: grains,
    peer: v.string(),
    payee: hex32,
    salt: hex32,
  }),
  v.object({ kind: v.literal('bond'), amount_grains: grains, vrf_key: hex32, signing_key: hex32 }),
  v.object({ kind: v.literal('unbond') }),
  v.object({ kind: v.literal('rebond') }),
  v.object({
    kind: v.literal('evidence'),
    /** Whose bond signed two headers, and for which slot. */
    account: address,
    offence_slot: int,
    headers: v.array(hex32),
    to: address,
  }),
]);

/** A transaction of the ledger, beyond what its sender was told of it. null: it waits for a block. */
export const txDetail = {
  /** Its bytes, signatures included. */
  bytes: v.optional(int),
  /** Who spends; null where what it consumes pays. */
  from: v.optional(v.nullable(address)),
  seq: v.optional(v.nullable(v.pipe(v.string(), v.regex(/^\d{1,20}$/)))),
  ref_height: v.optional(int),
  ref: v.optional(hex32),
  details: v.optional(TxDetails),
  height: v.optional(v.nullable(int)),
  block: v.optional(v.nullable(hex32)),
  /** Its place in the block. */
  position: v.optional(v.nullable(int)),
  /** Blocks on top of it. */
  depth: v.optional(v.nullable(int)),
  slot: v.optional(v.nullable(int)),
  time: v.optional(v.nullable(time)),
};

/** A block, beyond one line of the chain. */
export const blockDetail = {
  version: v.optional(int),
  body_root: v.optional(hex32),
  /** Root over the ids of all blocks below it. */
  ancestors: v.optional(hex32),
  lottery: v.optional(
    v.object({
      nonce: hex32,
      evolving: hex32,
      snapshot: hex32,
      next_snapshot: hex32,
      /** The first epoch that stake leads; null while that is not decided. */
      stake_since_epoch: v.nullable(int),
    }),
  ),
  proof: v.optional(
    v.variant('kind', [
      v.object({ kind: v.literal('pow'), target: hex32, nonce: v.string() }),
      v.object({
        kind: v.literal('stake'),
        stake_grains: grains,
        total_grains: grains,
        vrf_key: hex32,
        signing_key: hex32,
        vrf_proof: hex,
        signature: hex,
      }),
    ]),
  ),
  /** Whether it is on the chain that won. */
  main: v.optional(v.boolean()),
  /** Blocks on top of it; null on a branch that lost. */
  depth: v.optional(v.nullable(int)),
  settled: v.optional(v.boolean()),
  /** null where the body is not held. */
  transactions: v.optional(v.nullable(v.array(v.object({ txid: hex32, kind: v.string() })))),
};

/** An entry of the state, by its kind. */
export const StateEntry = v.variant('kind', [
  v.object({ kind: v.literal('account'), balance_grains: grains, seq: v.string(), rent_paid_slot: int }),
  v.object({
    kind: v.literal('bounty'),
    funder: address,
    payee: v.nullable(address),
    amount_grains: grains,
    items_hash: hex32,
    key: hex32,
    opened_slot: int,
    expires_slot: int,
  }),
  v.object({
    kind: v.literal('advert'),
    from: address,
    lots: int,
    size: int,
    term_days: int,
    reserve_grains: grains,
    credit_days: int,
    opened_slot: int,
    closes_slot: int,
    reveals_until_slot: int,
    contact: hex32,
    excluded: v.array(address),
    bids: int,
  }),
  v.object({
    kind: v.literal('bond'),
    /** waiting: it goes when enough others are bonded; leaving: paid back at a slot; absent: not drawn until a rebond. */
    state: v.picklist(['active', 'waiting', 'leaving', 'absent']),
    stake_grains: grains,
    vrf_key: hex32,
    signing_key: hex32,
    since_slot: int,
    /** Of its unbond; null where it was not asked back. */
    unbond_slot: v.nullable(int),
    returns_slot: v.nullable(int),
    signed_epoch: int,
  }),
]);

const depth = v.pipe(int, v.maxValue(255));

/** From the root down; the fields are those of chain/tree-proof.ts. Strict, so that a proof has one form. */
export const proofNodes = {
  steps: v.pipe(v.array(v.strictObject({ depth, sibling: hex32 })), v.maxLength(256)),
  end: v.variant('kind', [
    v.strictObject({ kind: v.literal('leaf') }),
    v.strictObject({ kind: v.literal('empty') }),
    v.strictObject({ kind: v.literal('other-leaf'), path: hex32, value_hash: hex32 }),
    v.strictObject({ kind: v.literal('inner'), depth, prefix: hex32, left: hex32, right: hex32 }),
  ]),
};

export type TxDetails = v.InferOutput<typeof TxDetails>;
export type StateEntry = v.InferOutput<typeof StateEntry>;
