import type { Ledger } from '../chain/ledger.js';
import { slotStartMs } from '../chain/params.js';
import type { Hash, Header } from '../chain/types.js';
import { formatAddress } from '../crypto/address.js';
import type { BlockRecord } from '../rpc/records.js';
import { equal, fromHex, toHex } from '../util/bytes.js';
import { rfc3339 } from '../util/clock.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import { readBody } from './tx-index.js';

/** A block as one line of the chain. */
export function blockRecord(context: Context, header: Header, id: Hash): BlockRecord {
  return {
    type: 'block',
    height: header.height,
    slot: header.slot,
    id: toHex(id),
    parent: toHex(header.parent),
    state_root: toHex(header.stateRoot),
    producer: formatAddress(header.producer),
    txs: header.bodySize === 0 ? 0 : (context.ledger.body(id)?.length ?? null),
    bytes: header.bodySize,
    time: rfc3339(slotStartMs(context.params, header.slot)),
  };
}

/** Why there is no block at a height: not yet, or not any more. */
export function noBlockAt({ tip }: Pick<Ledger, 'tip'>, height: number): Failure {
  if (height > tip.height) return new Failure('not-found', `no block at height ${height}`);
  return new Failure('not-found', `the block at height ${height} is pruned`, PRUNED);
}

const PRUNED = 'headers are held for two cycles, what is in blocks for one; an older copy of the chain may have it';

/** A block in full, by its height on the main chain, or by its id on any branch. */
export async function wholeBlock(context: Context, which: number | string): Promise<BlockRecord> {
  const { ledger, params } = context;
  const id = typeof which === 'number' ? ledger.idAt(which) : fromHex(which);
  const header = id && ledger.header(id);
  if (typeof which === 'number' && !header) throw noBlockAt(ledger, which);
  if (!id || !header) throw new Failure('not-found', `no block ${which}`);
  const main = equal(ledger.idAt(header.height) ?? new Uint8Array(0), id);
  const depth = main ? ledger.tip.height - header.height : null;
  return {
    ...blockRecord(context, header, id),
    version: header.version,
    body_root: toHex(header.bodyRoot),
    ...wonBy(header),
    main,
    depth,
    settled: depth !== null && depth >= params.settleDepth,
    transactions: header.bodySize === 0 ? [] : await transactions(ledger.body(id)),
  };
}

/** What the right to produce was drawn from, and how it was won. */
function wonBy({ ancestors, lottery, proof }: Header): Pick<BlockRecord, 'ancestors' | 'lottery' | 'proof'> {
  const { nonce, evolving, snapshot, next, since } = lottery;
  const roots = { snapshot: toHex(snapshot), next_snapshot: toHex(next) };
  return {
    ancestors: toHex(ancestors),
    lottery: { nonce: toHex(nonce), evolving: toHex(evolving), ...roots, stake_since_epoch: since || null },
    proof: proofOf(proof),
  };
}

function proofOf(proof: Header['proof']): NonNullable<BlockRecord['proof']> {
  const { kind } = proof;
  if (kind === 'pow') {
    return { kind, target: proof.target.toString(16).padStart(64, '0'), nonce: proof.nonce.toString() };
  }
  const { leaf, total } = proof.stake;
  return {
    ...{ kind, stake_grains: leaf.stake.toString(), total_grains: total.toString() },
    ...{ vrf_key: toHex(leaf.vrfKey), signing_key: toHex(leaf.signingKey) },
    ...{ vrf_proof: toHex(proof.pi), signature: toHex(proof.signature) },
  };
}

async function transactions(body: readonly Uint8Array[] | undefined): Promise<BlockRecord['transactions']> {
  if (!body) return null;
  const list: { txid: string; kind: string }[] = [];
  for await (const { id, tx } of readBody(body)) list.push({ txid: toHex(id), kind: tx.kind });
  return list;
}
