import { type ReceivedTx, receiveSignedTx, txId } from '../encoding.js';
import { enforce } from '../errors.js';
import type { LedgerEvent } from '../events.js';
import type { Overlay } from '../overlay.js';
import { readGlobals } from '../state.js';
import type { Hash, Tx, TxKind } from '../types.js';
import { applyAdvert, validateAdvert } from './advert.js';
import { applyBond, validateBond } from './bond.js';
import { applyCommit, validateCommit } from './commit.js';
import { checkRef, weightOf } from './common.js';
import { applyEvidence, validateEvidence } from './evidence.js';
import { applyPost, validatePost } from './post.js';
import { applyRebond, validateRebond } from './rebond.js';
import { applyReveal, validateReveal } from './reveal.js';
import { applyRevoke, validateRevoke } from './revoke.js';
import type { BlockContext, TxRun } from './run.js';
import { applySweep, validateSweep } from './sweep.js';
import { applyTransfer, validateTransfer } from './transfer.js';
import { applyUnbond, validateUnbond } from './unbond.js';

type Step<K extends TxKind> = (run: TxRun<Extract<Tx, { kind: K }>>) => void;

const RULES: { [K in TxKind]: { validate: Step<K>; apply: Step<K> } } = {
  transfer: { validate: validateTransfer, apply: applyTransfer },
  post: { validate: validatePost, apply: applyPost },
  sweep: { validate: validateSweep, apply: applySweep },
  revoke: { validate: validateRevoke, apply: applyRevoke },
  advert: { validate: validateAdvert, apply: applyAdvert },
  commit: { validate: validateCommit, apply: applyCommit },
  reveal: { validate: validateReveal, apply: applyReveal },
  bond: { validate: validateBond, apply: applyBond },
  unbond: { validate: validateUnbond, apply: applyUnbond },
  rebond: { validate: validateRebond, apply: applyRebond },
  evidence: { validate: validateEvidence, apply: applyEvidence },
};

export interface AppliedTx {
  events: LedgerEvent[];
  /** For the producer, paid at the block's end. */
  tip: bigint;
  weight: bigint;
}

/** A transaction as it came, read once. */
export interface ReadTx extends ReceivedTx {
  id: Hash;
  byteLength: number;
}

/** Throws LedgerError 'malformed'. */
export function readTx(bytes: Uint8Array): ReadTx {
  const { tx, signatures, encoded } = receiveSignedTx(bytes);
  return { tx, signatures, encoded, id: txId(tx, encoded), byteLength: bytes.length };
}

/**
 * Checks one signed transaction against the state and applies it. Throws LedgerError, with the state
 * as it was; until the tip is paid out the state holds that much less.
 */
export function applyTx(context: BlockContext, state: Overlay, read: ReadTx): AppliedTx {
  const { tx, signatures, encoded, id } = read;
  checkRef(context, tx);
  const weight = weightOf(context.params, tx, read.byteLength);
  const baseCost = weight * readGlobals(state).baseFee;
  enforce(tx.fee >= baseCost, 'fee-low', () => `at least ${baseCost} grains`);
  const run: TxRun = { context, state, tx, txid: id, signatures, encoded, baseCost, tip: 0n, events: [] };
  // Each kind's rules take its own transaction; the union cannot say that the two go together.
  const rules = RULES[tx.kind] as { validate: (run: TxRun) => void; apply: (run: TxRun) => void };
  state.attempt(() => {
    rules.validate(run);
    rules.apply(run);
  });
  return { events: run.events, tip: run.tip, weight };
}
