import assert from 'node:assert/strict';
import { LedgerError, type RuleCode } from '../../src/lib/chain/errors.js';
import { Overlay } from '../../src/lib/chain/overlay.js';
import { applyTx, readTx } from '../../src/lib/chain/rules/apply.js';
import type { Signer } from '../../src/lib/chain/sign.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import type { Tx } from '../../src/lib/chain/types.js';
import { hashOf, type TestChain } from './helpers.js';

export interface At {
  slot?: number;
  height?: number;
  prepare?: (state: Overlay) => void;
}

/** A transaction and who signs it. */
export interface Signed<T extends Tx = Tx> {
  tx: T;
  signer: Signer;
  /** What must be so before it comes. */
  prepare?: (state: Overlay) => void;
}

/** Applies to a copy of the tip's state, in the block after next slot, and tells the rule that was broken. */
export function verdictOn(chain: TestChain, bytes: Uint8Array, at: At = {}): RuleCode | 'valid' {
  const state = new Overlay(chain.ledger.state);
  at.prepare?.(state);
  const before = state.changes().length;
  const context = {
    params: chain.params,
    height: at.height ?? chain.ledger.tip.height + 1,
    slot: at.slot ?? chain.ledger.tip.slot + 2,
    staked: false,
    check: checkNow,
    blockIdAt: (height: number) => chain.ledger.idAt(height),
  };
  try {
    applyTx(context, state, readTx(bytes));
    return 'valid';
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    assert.equal(state.changes().length, before, 'a refused transaction leaves no trace');
    return error.rule;
  }
}

/** Fees and references: what every kind must keep. The tip of `tx` is 5. */
export function assertCommon(chain: TestChain, { tx, signer, ...before }: Signed): void {
  const change = (fields: Partial<Tx>) => chain.sign({ ...tx, ...fields } as Tx, signer);
  const verdict = (fields: Partial<Tx>, at: At = {}) => verdictOn(chain, change(fields), { ...before, ...at });
  assert.equal(verdict({}), 'valid');
  assert.equal(verdict({ fee: tx.fee - 6n }), 'fee-low');
  assert.equal(verdict({ ref: { ...tx.ref, id: hashOf('another chain') } }), 'ref-unknown');
  assert.equal(verdict({ ref: { ...tx.ref, height: tx.ref.height + 1 } }), 'ref-unknown');
  assert.equal(verdict({}, { height: tx.ref.height + 200 }), 'valid', 'a cycle later it still counts');
  assert.equal(verdict({}, { height: tx.ref.height + 201 }), 'ref-expired');
}

/** No byte of it can be changed by another than its signers, and no signature is for another network. */
export function assertSigned(chain: TestChain, { tx, signer, ...before }: Signed): void {
  assert.equal(
    verdictOn(
      chain,
      chain.sign(tx, () => new Uint8Array(64)),
      before,
    ),
    'signature',
  );
  const foreign = { ...chain.params.derived, genesisId: hashOf('another network') };
  const other = Object.assign(Object.create(chain), { params: { ...chain.params, derived: foreign } }) as TestChain;
  assert.equal(verdictOn(chain, other.sign(tx, signer), before), 'signature', 'a signature for another network');
  const bytes = chain.sign(tx, signer);
  for (let at = 0; at < bytes.length; at += 7) {
    const bent = Uint8Array.from(bytes);
    bent[at]! ^= 1;
    assert.notEqual(verdictOn(chain, bent, before), 'valid', `byte ${at}`);
  }
}

/** Sequence numbers and balances: what every kind that spends must keep. */
export function assertSpending(
  chain: TestChain,
  { tx, signer, ...before }: Signed<Extract<Tx, { seq: bigint }>>,
): void {
  const verdict = (fields: Partial<Tx>) => verdictOn(chain, chain.sign({ ...tx, ...fields } as Tx, signer), before);
  assert.equal(verdict({ seq: tx.seq - 1n }), 'seq-low', tx.kind);
  assert.equal(verdict({ seq: tx.seq + 1n }), 'seq-high', tx.kind);
  assert.equal(verdict({ from: hashOf('nobody') }), 'account-unknown', tx.kind);
  assert.equal(verdict({ fee: 1n << 60n }), 'insufficient', tx.kind);
}
